from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.caps import Caps
    from ..models.limit_state import LimitState


T = TypeVar("T", bound="Limits")


@_attrs_define
class Limits:
    """
    Attributes:
        tier (str):
        tier_version (int):
        livemode (bool):
        limits (list[LimitState]):
        caps (Caps):
    """

    tier: str
    tier_version: int
    livemode: bool
    limits: list[LimitState]
    caps: Caps
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        tier = self.tier

        tier_version = self.tier_version

        livemode = self.livemode

        limits = []
        for limits_item_data in self.limits:
            limits_item = limits_item_data.to_dict()
            limits.append(limits_item)

        caps = self.caps.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "tier": tier,
                "tier_version": tier_version,
                "livemode": livemode,
                "limits": limits,
                "caps": caps,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.caps import Caps
        from ..models.limit_state import LimitState

        d = dict(src_dict)
        tier = d.pop("tier")

        tier_version = d.pop("tier_version")

        livemode = d.pop("livemode")

        limits = []
        _limits = d.pop("limits")
        for limits_item_data in _limits:
            limits_item = LimitState.from_dict(limits_item_data)

            limits.append(limits_item)

        caps = Caps.from_dict(d.pop("caps"))

        limits = cls(
            tier=tier,
            tier_version=tier_version,
            livemode=livemode,
            limits=limits,
            caps=caps,
        )

        limits.additional_properties = d
        return limits

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
