from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="Caps")


@_attrs_define
class Caps:
    """
    Attributes:
        mau (int | None): Users per month; null for no cap
        transformer_parameters_below (int):
        edge_parameters_max (int):
        edge_quantised_only (bool):
        device_parameters_below (int):
    """

    mau: int | None
    transformer_parameters_below: int
    edge_parameters_max: int
    edge_quantised_only: bool
    device_parameters_below: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        mau: int | None
        mau = self.mau

        transformer_parameters_below = self.transformer_parameters_below

        edge_parameters_max = self.edge_parameters_max

        edge_quantised_only = self.edge_quantised_only

        device_parameters_below = self.device_parameters_below

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "mau": mau,
                "transformer_parameters_below": transformer_parameters_below,
                "edge_parameters_max": edge_parameters_max,
                "edge_quantised_only": edge_quantised_only,
                "device_parameters_below": device_parameters_below,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)

        def _parse_mau(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        mau = _parse_mau(d.pop("mau", None))

        transformer_parameters_below = d.pop("transformer_parameters_below")

        edge_parameters_max = d.pop("edge_parameters_max")

        edge_quantised_only = d.pop("edge_quantised_only")

        device_parameters_below = d.pop("device_parameters_below")

        caps = cls(
            mau=mau,
            transformer_parameters_below=transformer_parameters_below,
            edge_parameters_max=edge_parameters_max,
            edge_quantised_only=edge_quantised_only,
            device_parameters_below=device_parameters_below,
        )

        caps.additional_properties = d
        return caps

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
