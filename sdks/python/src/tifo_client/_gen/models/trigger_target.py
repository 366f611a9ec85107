from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="TriggerTarget")


@_attrs_define
class TriggerTarget:
    """
    Attributes:
        kiosks (list[str] | None):
        zones (list[str] | None):
        all_ (bool):
    """

    kiosks: list[str] | None
    zones: list[str] | None
    all_: bool
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        kiosks: list[str] | None
        if isinstance(self.kiosks, list):
            kiosks = self.kiosks

        else:
            kiosks = self.kiosks

        zones: list[str] | None
        if isinstance(self.zones, list):
            zones = self.zones

        else:
            zones = self.zones

        all_ = self.all_

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "kiosks": kiosks,
                "zones": zones,
                "all": all_,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)

        def _parse_kiosks(data: object) -> list[str] | None:
            if data is None:
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                kiosks_type_0 = cast(list[str], data)

                return kiosks_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[str] | None, data)

        kiosks = _parse_kiosks(d.pop("kiosks", None))

        def _parse_zones(data: object) -> list[str] | None:
            if data is None:
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                zones_type_0 = cast(list[str], data)

                return zones_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[str] | None, data)

        zones = _parse_zones(d.pop("zones", None))

        all_ = d.pop("all")

        trigger_target = cls(
            kiosks=kiosks,
            zones=zones,
            all_=all_,
        )

        trigger_target.additional_properties = d
        return trigger_target

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
