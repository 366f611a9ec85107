from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="Loudness")


@_attrs_define
class Loudness:
    """
    Attributes:
        integrated_lufs (float | None): EBU R128; null: silence
        range_lu (float | None):
        true_peak_dbtp (float | None):
        rate (int): Values per second of both curves
        momentary_lufs (list[float]):
        short_term_lufs (list[float]):
    """

    integrated_lufs: float | None
    range_lu: float | None
    true_peak_dbtp: float | None
    rate: int
    momentary_lufs: list[float]
    short_term_lufs: list[float]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        integrated_lufs: float | None
        integrated_lufs = self.integrated_lufs

        range_lu: float | None
        range_lu = self.range_lu

        true_peak_dbtp: float | None
        true_peak_dbtp = self.true_peak_dbtp

        rate = self.rate

        momentary_lufs = self.momentary_lufs

        short_term_lufs = self.short_term_lufs

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "integrated_lufs": integrated_lufs,
                "range_lu": range_lu,
                "true_peak_dbtp": true_peak_dbtp,
                "rate": rate,
                "momentary_lufs": momentary_lufs,
                "short_term_lufs": short_term_lufs,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)

        def _parse_integrated_lufs(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        integrated_lufs = _parse_integrated_lufs(d.pop("integrated_lufs", None))

        def _parse_range_lu(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        range_lu = _parse_range_lu(d.pop("range_lu", None))

        def _parse_true_peak_dbtp(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        true_peak_dbtp = _parse_true_peak_dbtp(d.pop("true_peak_dbtp", None))

        rate = d.pop("rate")

        momentary_lufs = cast(list[float], d.pop("momentary_lufs"))

        short_term_lufs = cast(list[float], d.pop("short_term_lufs"))

        loudness = cls(
            integrated_lufs=integrated_lufs,
            range_lu=range_lu,
            true_peak_dbtp=true_peak_dbtp,
            rate=rate,
            momentary_lufs=momentary_lufs,
            short_term_lufs=short_term_lufs,
        )

        loudness.additional_properties = d
        return loudness

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
