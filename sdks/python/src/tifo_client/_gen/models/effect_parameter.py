from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="EffectParameter")


@_attrs_define
class EffectParameter:
    """
    Attributes:
        name (str):
        unit (str):
        minimum (float):
        maximum (float):
        default (float):
        description (str):
    """

    name: str
    unit: str
    minimum: float
    maximum: float
    default: float
    description: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        unit = self.unit

        minimum = self.minimum

        maximum = self.maximum

        default = self.default

        description = self.description

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "name": name,
                "unit": unit,
                "minimum": minimum,
                "maximum": maximum,
                "default": default,
                "description": description,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        name = d.pop("name")

        unit = d.pop("unit")

        minimum = d.pop("minimum")

        maximum = d.pop("maximum")

        default = d.pop("default")

        description = d.pop("description")

        effect_parameter = cls(
            name=name,
            unit=unit,
            minimum=minimum,
            maximum=maximum,
            default=default,
            description=description,
        )

        effect_parameter.additional_properties = d
        return effect_parameter

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
