from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.thermal import Thermal, check_thermal

T = TypeVar("T", bound="TelemetryReading")


@_attrs_define
class TelemetryReading:
    """
    Attributes:
        id (str):
        number (int): Counts the kiosk's readings from 1
        soc_celsius (float):
        power_watts (float | None):
        npu_load (float | None): 0 to 1
        uptime_s (int | None):
        dropped_cues (int | None):
        thermal (Thermal): * `normal` - normal
            * `reduced` - reduced
            * `minimal` - minimal
        received_at (datetime.datetime):
    """

    id: str
    number: int
    soc_celsius: float
    power_watts: float | None
    npu_load: float | None
    uptime_s: int | None
    dropped_cues: int | None
    thermal: Thermal
    received_at: datetime.datetime
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        number = self.number

        soc_celsius = self.soc_celsius

        power_watts: float | None
        power_watts = self.power_watts

        npu_load: float | None
        npu_load = self.npu_load

        uptime_s: int | None
        uptime_s = self.uptime_s

        dropped_cues: int | None
        dropped_cues = self.dropped_cues

        thermal: str = self.thermal

        received_at = self.received_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "number": number,
                "soc_celsius": soc_celsius,
                "power_watts": power_watts,
                "npu_load": npu_load,
                "uptime_s": uptime_s,
                "dropped_cues": dropped_cues,
                "thermal": thermal,
                "received_at": received_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        id = d.pop("id")

        number = d.pop("number")

        soc_celsius = d.pop("soc_celsius")

        def _parse_power_watts(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        power_watts = _parse_power_watts(d.pop("power_watts", None))

        def _parse_npu_load(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        npu_load = _parse_npu_load(d.pop("npu_load", None))

        def _parse_uptime_s(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        uptime_s = _parse_uptime_s(d.pop("uptime_s", None))

        def _parse_dropped_cues(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        dropped_cues = _parse_dropped_cues(d.pop("dropped_cues", None))

        thermal = check_thermal(d.pop("thermal"))

        received_at = datetime.datetime.fromisoformat(d.pop("received_at"))

        telemetry_reading = cls(
            id=id,
            number=number,
            soc_celsius=soc_celsius,
            power_watts=power_watts,
            npu_load=npu_load,
            uptime_s=uptime_s,
            dropped_cues=dropped_cues,
            thermal=thermal,
            received_at=received_at,
        )

        telemetry_reading.additional_properties = d
        return telemetry_reading

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
