from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.limit_algorithm import LimitAlgorithm, check_limit_algorithm
from ..models.limit_scope import LimitScope, check_limit_scope

T = TypeVar("T", bound="PublishedLimit")


@_attrs_define
class PublishedLimit:
    """
    Attributes:
        name (str):
        algorithm (LimitAlgorithm): * `rate` - Rate: `quantity` per `per_ms`, `burst` at once (GCRA)
            * `window` - Window: `quantity` in any `per_ms`, exact
            * `concurrency` - Concurrency: `quantity` at the same time
        unit (str):
        quantity (int):
        per_ms (int):
        burst (int):
        scope (LimitScope): * `organisation` - Organisation: all its calls together
            * `key` - Key: each API key alone
            * `route` - Route: each operation alone
            * `end_user` - End user: each fan alone
        counts (str): The cost it counts
        routes (list[str]): The operations it is for; empty: all
    """

    name: str
    algorithm: LimitAlgorithm
    unit: str
    quantity: int
    per_ms: int
    burst: int
    scope: LimitScope
    counts: str
    routes: list[str]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        algorithm: str = self.algorithm

        unit = self.unit

        quantity = self.quantity

        per_ms = self.per_ms

        burst = self.burst

        scope: str = self.scope

        counts = self.counts

        routes = self.routes

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "name": name,
                "algorithm": algorithm,
                "unit": unit,
                "quantity": quantity,
                "per_ms": per_ms,
                "burst": burst,
                "scope": scope,
                "counts": counts,
                "routes": routes,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        name = d.pop("name")

        algorithm = check_limit_algorithm(d.pop("algorithm"))

        unit = d.pop("unit")

        quantity = d.pop("quantity")

        per_ms = d.pop("per_ms")

        burst = d.pop("burst")

        scope = check_limit_scope(d.pop("scope"))

        counts = d.pop("counts")

        routes = cast(list[str], d.pop("routes"))

        published_limit = cls(
            name=name,
            algorithm=algorithm,
            unit=unit,
            quantity=quantity,
            per_ms=per_ms,
            burst=burst,
            scope=scope,
            counts=counts,
            routes=routes,
        )

        published_limit.additional_properties = d
        return published_limit

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
