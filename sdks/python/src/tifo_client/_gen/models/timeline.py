from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="Timeline")


@_attrs_define
class Timeline:
    """Described in full in docs/reference/timeline.md; times in seconds from the first sample.

    Attributes:
        schema (str):
        duration (float):
        tempo (Any): bpm, confidence and alternatives; bpm null if none
        beats (list[Any]):
        downbeats (list[float]):
        loudness (Any): EBU R128: integrated, range, true peak, curves
        silences (list[Any]):
        onset_strength (Any):
        sections (list[Any]):
        arousal (Any):
    """

    schema: str
    duration: float
    tempo: Any
    beats: list[Any]
    downbeats: list[float]
    loudness: Any
    silences: list[Any]
    onset_strength: Any
    sections: list[Any]
    arousal: Any
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        schema = self.schema

        duration = self.duration

        tempo = self.tempo

        beats = self.beats

        downbeats = self.downbeats

        loudness = self.loudness

        silences = self.silences

        onset_strength = self.onset_strength

        sections = self.sections

        arousal = self.arousal

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "schema": schema,
                "duration": duration,
                "tempo": tempo,
                "beats": beats,
                "downbeats": downbeats,
                "loudness": loudness,
                "silences": silences,
                "onset_strength": onset_strength,
                "sections": sections,
                "arousal": arousal,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        schema = d.pop("schema")

        duration = d.pop("duration")

        tempo = d.pop("tempo")

        beats = cast(list[Any], d.pop("beats"))

        downbeats = cast(list[float], d.pop("downbeats"))

        loudness = d.pop("loudness")

        silences = cast(list[Any], d.pop("silences"))

        onset_strength = d.pop("onset_strength")

        sections = cast(list[Any], d.pop("sections"))

        arousal = d.pop("arousal")

        timeline = cls(
            schema=schema,
            duration=duration,
            tempo=tempo,
            beats=beats,
            downbeats=downbeats,
            loudness=loudness,
            silences=silences,
            onset_strength=onset_strength,
            sections=sections,
            arousal=arousal,
        )

        timeline.additional_properties = d
        return timeline

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
