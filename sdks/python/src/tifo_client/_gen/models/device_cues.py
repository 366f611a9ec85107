from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.device_cue import DeviceCue


T = TypeVar("T", bound="DeviceCues")


@_attrs_define
class DeviceCues:
    """
    Attributes:
        cues (list[DeviceCue]):
    """

    cues: list[DeviceCue]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        cues = []
        for cues_item_data in self.cues:
            cues_item = cues_item_data.to_dict()
            cues.append(cues_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "cues": cues,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.device_cue import DeviceCue

        d = dict(src_dict)
        cues = []
        _cues = d.pop("cues")
        for cues_item_data in _cues:
            cues_item = DeviceCue.from_dict(cues_item_data)

            cues.append(cues_item)

        device_cues = cls(
            cues=cues,
        )

        device_cues.additional_properties = d
        return device_cues

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
