from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.simulated_call import SimulatedCall


T = TypeVar("T", bound="PatientTimeline")


@_attrs_define
class PatientTimeline:
    """
    Attributes:
        admitted (int): Calls that pass at once
        refused (int):
        calls (list[SimulatedCall]):
        total_ms (int | None): Until the last call has passed; null if one never does
    """

    admitted: int
    refused: int
    calls: list[SimulatedCall]
    total_ms: int | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        admitted = self.admitted

        refused = self.refused

        calls = []
        for calls_item_data in self.calls:
            calls_item = calls_item_data.to_dict()
            calls.append(calls_item)

        total_ms: int | None
        total_ms = self.total_ms

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "admitted": admitted,
                "refused": refused,
                "calls": calls,
                "total_ms": total_ms,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.simulated_call import SimulatedCall

        d = dict(src_dict)
        admitted = d.pop("admitted")

        refused = d.pop("refused")

        calls = []
        _calls = d.pop("calls")
        for calls_item_data in _calls:
            calls_item = SimulatedCall.from_dict(calls_item_data)

            calls.append(calls_item)

        def _parse_total_ms(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        total_ms = _parse_total_ms(d.pop("total_ms", None))

        patient_timeline = cls(
            admitted=admitted,
            refused=refused,
            calls=calls,
            total_ms=total_ms,
        )

        patient_timeline.additional_properties = d
        return patient_timeline

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
