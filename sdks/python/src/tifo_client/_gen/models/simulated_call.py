from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="SimulatedCall")


@_attrs_define
class SimulatedCall:
    """
    Attributes:
        at_ms (int): From now
        admitted (bool): At that moment
        violated_policies (list[str]):
        passes_at_ms (int | None): After waiting as long as is told; null: no wait helps
    """

    at_ms: int
    admitted: bool
    violated_policies: list[str]
    passes_at_ms: int | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        at_ms = self.at_ms

        admitted = self.admitted

        violated_policies = self.violated_policies

        passes_at_ms: int | None
        passes_at_ms = self.passes_at_ms

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "at_ms": at_ms,
                "admitted": admitted,
                "violated_policies": violated_policies,
                "passes_at_ms": passes_at_ms,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        at_ms = d.pop("at_ms")

        admitted = d.pop("admitted")

        violated_policies = cast(list[str], d.pop("violated_policies"))

        def _parse_passes_at_ms(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        passes_at_ms = _parse_passes_at_ms(d.pop("passes_at_ms", None))

        simulated_call = cls(
            at_ms=at_ms,
            admitted=admitted,
            violated_policies=violated_policies,
            passes_at_ms=passes_at_ms,
        )

        simulated_call.additional_properties = d
        return simulated_call

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
