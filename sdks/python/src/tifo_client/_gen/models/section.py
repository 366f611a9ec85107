from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="Section")


@_attrs_define
class Section:
    """
    Attributes:
        start (float):
        end (float):
        label (str): Sections that repeat share a letter
        confidence (float):
        loudness_lufs (float | None):
    """

    start: float
    end: float
    label: str
    confidence: float
    loudness_lufs: float | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        start = self.start

        end = self.end

        label = self.label

        confidence = self.confidence

        loudness_lufs: float | None
        loudness_lufs = self.loudness_lufs

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "start": start,
                "end": end,
                "label": label,
                "confidence": confidence,
                "loudness_lufs": loudness_lufs,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        start = d.pop("start")

        end = d.pop("end")

        label = d.pop("label")

        confidence = d.pop("confidence")

        def _parse_loudness_lufs(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        loudness_lufs = _parse_loudness_lufs(d.pop("loudness_lufs", None))

        section = cls(
            start=start,
            end=end,
            label=label,
            confidence=confidence,
            loudness_lufs=loudness_lufs,
        )

        section.additional_properties = d
        return section

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
