from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="TriggerWarning")


@_attrs_define
class TriggerWarning:
    """
    Attributes:
        code (str):
        detail (str):
        missing (list[str]): Zones that were named and get no cue
        zones (list[str]): Zones with kiosks in service that play the kind
    """

    code: str
    detail: str
    missing: list[str]
    zones: list[str]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        code = self.code

        detail = self.detail

        missing = self.missing

        zones = self.zones

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "code": code,
                "detail": detail,
                "missing": missing,
                "zones": zones,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        code = d.pop("code")

        detail = d.pop("detail")

        missing = cast(list[str], d.pop("missing"))

        zones = cast(list[str], d.pop("zones"))

        trigger_warning = cls(
            code=code,
            detail=detail,
            missing=missing,
            zones=zones,
        )

        trigger_warning.additional_properties = d
        return trigger_warning

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
