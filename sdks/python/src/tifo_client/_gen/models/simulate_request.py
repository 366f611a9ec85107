from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.simulate_request_cost import SimulateRequestCost


T = TypeVar("T", bound="SimulateRequest")


@_attrs_define
class SimulateRequest:
    """
    Attributes:
        operation (str | Unset): Its route, as in POST /v1/effects; or give `cost`
        cost (SimulateRequestCost | Unset): Units that each call spends, by the name of what is counted
        calls (int | Unset):
        every_ms (int | Unset):
        at_ms (list[int] | Unset): From now, never going back; instead of `calls` and `every_ms`
        end_user (str | Unset):
    """

    operation: str | Unset = UNSET
    cost: SimulateRequestCost | Unset = UNSET
    calls: int | Unset = UNSET
    every_ms: int | Unset = UNSET
    at_ms: list[int] | Unset = UNSET
    end_user: str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        operation = self.operation

        cost: dict[str, Any] | Unset = UNSET
        if not isinstance(self.cost, Unset):
            cost = self.cost.to_dict()

        calls = self.calls

        every_ms = self.every_ms

        at_ms: list[int] | Unset = UNSET
        if not isinstance(self.at_ms, Unset):
            at_ms = self.at_ms

        end_user = self.end_user

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if operation is not UNSET:
            field_dict["operation"] = operation
        if cost is not UNSET:
            field_dict["cost"] = cost
        if calls is not UNSET:
            field_dict["calls"] = calls
        if every_ms is not UNSET:
            field_dict["every_ms"] = every_ms
        if at_ms is not UNSET:
            field_dict["at_ms"] = at_ms
        if end_user is not UNSET:
            field_dict["end_user"] = end_user

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.simulate_request_cost import SimulateRequestCost

        d = dict(src_dict)
        operation = d.pop("operation", UNSET)

        _cost = d.pop("cost", UNSET)
        cost: SimulateRequestCost | Unset
        if isinstance(_cost, Unset):
            cost = UNSET
        else:
            cost = SimulateRequestCost.from_dict(_cost)

        calls = d.pop("calls", UNSET)

        every_ms = d.pop("every_ms", UNSET)

        at_ms = cast(list[int], d.pop("at_ms", UNSET))

        end_user = d.pop("end_user", UNSET)

        simulate_request = cls(
            operation=operation,
            cost=cost,
            calls=calls,
            every_ms=every_ms,
            at_ms=at_ms,
            end_user=end_user,
        )

        return simulate_request
