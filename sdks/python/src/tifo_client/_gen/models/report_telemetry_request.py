from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="ReportTelemetryRequest")


@_attrs_define
class ReportTelemetryRequest:
    """
    Attributes:
        soc_celsius (float): Chip, in °C
        power_watts (float | None | Unset):
        npu_load (float | None | Unset):
        uptime_s (int | None | Unset):
        dropped_cues (int | None | Unset): Cues that the device could not play, since it started
    """

    soc_celsius: float
    power_watts: float | None | Unset = UNSET
    npu_load: float | None | Unset = UNSET
    uptime_s: int | None | Unset = UNSET
    dropped_cues: int | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        soc_celsius = self.soc_celsius

        power_watts: float | None | Unset
        if isinstance(self.power_watts, Unset):
            power_watts = UNSET
        else:
            power_watts = self.power_watts

        npu_load: float | None | Unset
        if isinstance(self.npu_load, Unset):
            npu_load = UNSET
        else:
            npu_load = self.npu_load

        uptime_s: int | None | Unset
        if isinstance(self.uptime_s, Unset):
            uptime_s = UNSET
        else:
            uptime_s = self.uptime_s

        dropped_cues: int | None | Unset
        if isinstance(self.dropped_cues, Unset):
            dropped_cues = UNSET
        else:
            dropped_cues = self.dropped_cues

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "soc_celsius": soc_celsius,
            }
        )
        if power_watts is not UNSET:
            field_dict["power_watts"] = power_watts
        if npu_load is not UNSET:
            field_dict["npu_load"] = npu_load
        if uptime_s is not UNSET:
            field_dict["uptime_s"] = uptime_s
        if dropped_cues is not UNSET:
            field_dict["dropped_cues"] = dropped_cues

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        soc_celsius = d.pop("soc_celsius")

        def _parse_power_watts(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        power_watts = _parse_power_watts(d.pop("power_watts", UNSET))

        def _parse_npu_load(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        npu_load = _parse_npu_load(d.pop("npu_load", UNSET))

        def _parse_uptime_s(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        uptime_s = _parse_uptime_s(d.pop("uptime_s", UNSET))

        def _parse_dropped_cues(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        dropped_cues = _parse_dropped_cues(d.pop("dropped_cues", UNSET))

        report_telemetry_request = cls(
            soc_celsius=soc_celsius,
            power_watts=power_watts,
            npu_load=npu_load,
            uptime_s=uptime_s,
            dropped_cues=dropped_cues,
        )

        return report_telemetry_request
