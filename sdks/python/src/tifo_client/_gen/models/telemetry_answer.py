from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.advice import Advice
    from ..models.telemetry_reading import TelemetryReading


T = TypeVar("T", bound="TelemetryAnswer")


@_attrs_define
class TelemetryAnswer:
    """
    Attributes:
        reading (TelemetryReading):
        advice (Advice):
    """

    reading: TelemetryReading
    advice: Advice
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        reading = self.reading.to_dict()

        advice = self.advice.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "reading": reading,
                "advice": advice,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.advice import Advice
        from ..models.telemetry_reading import TelemetryReading

        d = dict(src_dict)
        reading = TelemetryReading.from_dict(d.pop("reading"))

        advice = Advice.from_dict(d.pop("advice"))

        telemetry_answer = cls(
            reading=reading,
            advice=advice,
        )

        telemetry_answer.additional_properties = d
        return telemetry_answer

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
