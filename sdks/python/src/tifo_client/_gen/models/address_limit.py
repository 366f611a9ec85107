from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="AddressLimit")


@_attrs_define
class AddressLimit:
    """
    Attributes:
        name (str):
        unit (str):
        quantity (int):
        window_ms (int):
        burst (int):
    """

    name: str
    unit: str
    quantity: int
    window_ms: int
    burst: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        unit = self.unit

        quantity = self.quantity

        window_ms = self.window_ms

        burst = self.burst

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "name": name,
                "unit": unit,
                "quantity": quantity,
                "window_ms": window_ms,
                "burst": burst,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        name = d.pop("name")

        unit = d.pop("unit")

        quantity = d.pop("quantity")

        window_ms = d.pop("window_ms")

        burst = d.pop("burst")

        address_limit = cls(
            name=name,
            unit=unit,
            quantity=quantity,
            window_ms=window_ms,
            burst=burst,
        )

        address_limit.additional_properties = d
        return address_limit

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
