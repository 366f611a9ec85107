from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.algorithm import Algorithm, check_algorithm

T = TypeVar("T", bound="LimitState")


@_attrs_define
class LimitState:
    """
    Attributes:
        name (str):
        algorithm (Algorithm): * `rate` - rate
            * `window` - window
            * `concurrency` - concurrency
        unit (str):
        limit (int): The most units at once: a rate's burst
        quantity (int): Units per window_ms, as the tier publishes it
        window_ms (int):
        burst (int):
        used (int):
        remaining (int):
        retry_after_ms (int): 0 when one more unit would pass now
        scope (str): What the limit is counted per
        docs (str):
    """

    name: str
    algorithm: Algorithm
    unit: str
    limit: int
    quantity: int
    window_ms: int
    burst: int
    used: int
    remaining: int
    retry_after_ms: int
    scope: str
    docs: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        algorithm: str = self.algorithm

        unit = self.unit

        limit = self.limit

        quantity = self.quantity

        window_ms = self.window_ms

        burst = self.burst

        used = self.used

        remaining = self.remaining

        retry_after_ms = self.retry_after_ms

        scope = self.scope

        docs = self.docs

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "name": name,
                "algorithm": algorithm,
                "unit": unit,
                "limit": limit,
                "quantity": quantity,
                "window_ms": window_ms,
                "burst": burst,
                "used": used,
                "remaining": remaining,
                "retry_after_ms": retry_after_ms,
                "scope": scope,
                "docs": docs,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        name = d.pop("name")

        algorithm = check_algorithm(d.pop("algorithm"))

        unit = d.pop("unit")

        limit = d.pop("limit")

        quantity = d.pop("quantity")

        window_ms = d.pop("window_ms")

        burst = d.pop("burst")

        used = d.pop("used")

        remaining = d.pop("remaining")

        retry_after_ms = d.pop("retry_after_ms")

        scope = d.pop("scope")

        docs = d.pop("docs")

        limit_state = cls(
            name=name,
            algorithm=algorithm,
            unit=unit,
            limit=limit,
            quantity=quantity,
            window_ms=window_ms,
            burst=burst,
            used=used,
            remaining=remaining,
            retry_after_ms=retry_after_ms,
            scope=scope,
            docs=docs,
        )

        limit_state.additional_properties = d
        return limit_state

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
