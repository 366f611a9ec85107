from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.limit_algorithm import LimitAlgorithm, check_limit_algorithm
from ..models.limit_scope import LimitScope, check_limit_scope

if TYPE_CHECKING:
    from ..models.upgrade import Upgrade


T = TypeVar("T", bound="LimitState")


@_attrs_define
class LimitState:
    """
    Attributes:
        name (str):
        algorithm (LimitAlgorithm): * `rate` - Rate: `quantity` per `per_ms`, `burst` at once (GCRA)
            * `window` - Window: `quantity` in any `per_ms`, exact
            * `concurrency` - Concurrency: `quantity` at the same time
        unit (str):
        limit (int): The most units at once: a rate's burst
        quantity (int): Units per window_ms, as the tier publishes it
        window_ms (int):
        burst (int):
        used (int | None): null when nobody can tell: no user or route named, or degraded
        remaining (int | None):
        retry_after_ms (int | None): 0 when one more unit would pass now
        scope (LimitScope): * `organisation` - Organisation: all its calls together
            * `key` - Key: each API key alone
            * `route` - Route: each operation alone
            * `end_user` - End user: each fan alone
        subject (None | str): Whose state this is: an id, a route, or a user's hash
        counts (str): The cost it counts
        routes (list[str]): The operations it is for; empty: all
        enforced (bool): false: only tried by the operator, it counts and refuses nobody
        docs (str):
        upgrade (Upgrade):
    """

    name: str
    algorithm: LimitAlgorithm
    unit: str
    limit: int
    quantity: int
    window_ms: int
    burst: int
    used: int | None
    remaining: int | None
    retry_after_ms: int | None
    scope: LimitScope
    subject: None | str
    counts: str
    routes: list[str]
    enforced: bool
    docs: str
    upgrade: Upgrade
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        algorithm: str = self.algorithm

        unit = self.unit

        limit = self.limit

        quantity = self.quantity

        window_ms = self.window_ms

        burst = self.burst

        used: int | None
        used = self.used

        remaining: int | None
        remaining = self.remaining

        retry_after_ms: int | None
        retry_after_ms = self.retry_after_ms

        scope: str = self.scope

        subject: None | str
        subject = self.subject

        counts = self.counts

        routes = self.routes

        enforced = self.enforced

        docs = self.docs

        upgrade = self.upgrade.to_dict()

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
                "subject": subject,
                "counts": counts,
                "routes": routes,
                "enforced": enforced,
                "docs": docs,
                "upgrade": upgrade,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.upgrade import Upgrade

        d = dict(src_dict)
        name = d.pop("name")

        algorithm = check_limit_algorithm(d.pop("algorithm"))

        unit = d.pop("unit")

        limit = d.pop("limit")

        quantity = d.pop("quantity")

        window_ms = d.pop("window_ms")

        burst = d.pop("burst")

        def _parse_used(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        used = _parse_used(d.pop("used", None))

        def _parse_remaining(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        remaining = _parse_remaining(d.pop("remaining", None))

        def _parse_retry_after_ms(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        retry_after_ms = _parse_retry_after_ms(d.pop("retry_after_ms", None))

        scope = check_limit_scope(d.pop("scope"))

        def _parse_subject(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        subject = _parse_subject(d.pop("subject", None))

        counts = d.pop("counts")

        routes = cast(list[str], d.pop("routes"))

        enforced = d.pop("enforced")

        docs = d.pop("docs")

        upgrade = Upgrade.from_dict(d.pop("upgrade"))

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
            subject=subject,
            counts=counts,
            routes=routes,
            enforced=enforced,
            docs=docs,
            upgrade=upgrade,
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
