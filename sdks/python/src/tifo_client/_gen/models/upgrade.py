from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.upgrade_by import UpgradeBy, check_upgrade_by

T = TypeVar("T", bound="Upgrade")


@_attrs_define
class Upgrade:
    """
    Attributes:
        by (UpgradeBy): * `tier` - tier
            * `contract` - contract
        tier (None | str): The next tier that allows more, and less in no respect
        self_service (bool): PATCH /v1/organisation may choose the tier
        quantity (int | None): There; null for no limit
        window_ms (int | None):
        burst (int | None):
        docs (str):
    """

    by: UpgradeBy
    tier: None | str
    self_service: bool
    quantity: int | None
    window_ms: int | None
    burst: int | None
    docs: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        by: str = self.by

        tier: None | str
        tier = self.tier

        self_service = self.self_service

        quantity: int | None
        quantity = self.quantity

        window_ms: int | None
        window_ms = self.window_ms

        burst: int | None
        burst = self.burst

        docs = self.docs

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "by": by,
                "tier": tier,
                "self_service": self_service,
                "quantity": quantity,
                "window_ms": window_ms,
                "burst": burst,
                "docs": docs,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        by = check_upgrade_by(d.pop("by"))

        def _parse_tier(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        tier = _parse_tier(d.pop("tier", None))

        self_service = d.pop("self_service")

        def _parse_quantity(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        quantity = _parse_quantity(d.pop("quantity", None))

        def _parse_window_ms(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        window_ms = _parse_window_ms(d.pop("window_ms", None))

        def _parse_burst(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        burst = _parse_burst(d.pop("burst", None))

        docs = d.pop("docs")

        upgrade = cls(
            by=by,
            tier=tier,
            self_service=self_service,
            quantity=quantity,
            window_ms=window_ms,
            burst=burst,
            docs=docs,
        )

        upgrade.additional_properties = d
        return upgrade

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
