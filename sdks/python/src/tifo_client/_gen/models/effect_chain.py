from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.effect_parameter import EffectParameter


T = TypeVar("T", bound="EffectChain")


@_attrs_define
class EffectChain:
    """
    Attributes:
        name (str):
        description (str):
        latency_ms (float): Of the chain in a live stream at 48 kHz
        tail_seconds (float): With the defaults
        longest_tail_seconds (float):
        parameters (list[EffectParameter]):
    """

    name: str
    description: str
    latency_ms: float
    tail_seconds: float
    longest_tail_seconds: float
    parameters: list[EffectParameter]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        description = self.description

        latency_ms = self.latency_ms

        tail_seconds = self.tail_seconds

        longest_tail_seconds = self.longest_tail_seconds

        parameters = []
        for parameters_item_data in self.parameters:
            parameters_item = parameters_item_data.to_dict()
            parameters.append(parameters_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "name": name,
                "description": description,
                "latency_ms": latency_ms,
                "tail_seconds": tail_seconds,
                "longest_tail_seconds": longest_tail_seconds,
                "parameters": parameters,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.effect_parameter import EffectParameter

        d = dict(src_dict)
        name = d.pop("name")

        description = d.pop("description")

        latency_ms = d.pop("latency_ms")

        tail_seconds = d.pop("tail_seconds")

        longest_tail_seconds = d.pop("longest_tail_seconds")

        parameters = []
        _parameters = d.pop("parameters")
        for parameters_item_data in _parameters:
            parameters_item = EffectParameter.from_dict(parameters_item_data)

            parameters.append(parameters_item)

        effect_chain = cls(
            name=name,
            description=description,
            latency_ms=latency_ms,
            tail_seconds=tail_seconds,
            longest_tail_seconds=longest_tail_seconds,
            parameters=parameters,
        )

        effect_chain.additional_properties = d
        return effect_chain

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
