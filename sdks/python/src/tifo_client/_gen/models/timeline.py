from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.beat import Beat
    from ..models.beats_per_bar import BeatsPerBar
    from ..models.loudness import Loudness
    from ..models.musical_key import MusicalKey
    from ..models.section import Section
    from ..models.silence import Silence
    from ..models.tempo import Tempo
    from ..models.timeline_curve import TimelineCurve


T = TypeVar("T", bound="Timeline")


@_attrs_define
class Timeline:
    """
    Attributes:
        schema (str):
        duration (float):
        tempo (Tempo):
        beats_per_bar (BeatsPerBar):
        beats (list[Beat]):
        downbeats (list[float]):
        loudness (Loudness):
        silences (list[Silence]):
        onset_strength (TimelineCurve):
        sections (list[Section]):
        arousal (TimelineCurve):
        key (MusicalKey | None):
    """

    schema: str
    duration: float
    tempo: Tempo
    beats_per_bar: BeatsPerBar
    beats: list[Beat]
    downbeats: list[float]
    loudness: Loudness
    silences: list[Silence]
    onset_strength: TimelineCurve
    sections: list[Section]
    arousal: TimelineCurve
    key: MusicalKey | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.musical_key import MusicalKey

        schema = self.schema

        duration = self.duration

        tempo = self.tempo.to_dict()

        beats_per_bar = self.beats_per_bar.to_dict()

        beats = []
        for beats_item_data in self.beats:
            beats_item = beats_item_data.to_dict()
            beats.append(beats_item)

        downbeats = self.downbeats

        loudness = self.loudness.to_dict()

        silences = []
        for silences_item_data in self.silences:
            silences_item = silences_item_data.to_dict()
            silences.append(silences_item)

        onset_strength = self.onset_strength.to_dict()

        sections = []
        for sections_item_data in self.sections:
            sections_item = sections_item_data.to_dict()
            sections.append(sections_item)

        arousal = self.arousal.to_dict()

        key: dict[str, Any] | None
        if isinstance(self.key, MusicalKey):
            key = self.key.to_dict()
        else:
            key = self.key

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "schema": schema,
                "duration": duration,
                "tempo": tempo,
                "beats_per_bar": beats_per_bar,
                "beats": beats,
                "downbeats": downbeats,
                "loudness": loudness,
                "silences": silences,
                "onset_strength": onset_strength,
                "sections": sections,
                "arousal": arousal,
                "key": key,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.beat import Beat
        from ..models.beats_per_bar import BeatsPerBar
        from ..models.loudness import Loudness
        from ..models.musical_key import MusicalKey
        from ..models.section import Section
        from ..models.silence import Silence
        from ..models.tempo import Tempo
        from ..models.timeline_curve import TimelineCurve

        d = dict(src_dict)
        schema = d.pop("schema")

        duration = d.pop("duration")

        tempo = Tempo.from_dict(d.pop("tempo"))

        beats_per_bar = BeatsPerBar.from_dict(d.pop("beats_per_bar"))

        beats = []
        _beats = d.pop("beats")
        for beats_item_data in _beats:
            beats_item = Beat.from_dict(beats_item_data)

            beats.append(beats_item)

        downbeats = cast(list[float], d.pop("downbeats"))

        loudness = Loudness.from_dict(d.pop("loudness"))

        silences = []
        _silences = d.pop("silences")
        for silences_item_data in _silences:
            silences_item = Silence.from_dict(silences_item_data)

            silences.append(silences_item)

        onset_strength = TimelineCurve.from_dict(d.pop("onset_strength"))

        sections = []
        _sections = d.pop("sections")
        for sections_item_data in _sections:
            sections_item = Section.from_dict(sections_item_data)

            sections.append(sections_item)

        arousal = TimelineCurve.from_dict(d.pop("arousal"))

        def _parse_key(data: object) -> MusicalKey | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                key_type_0 = MusicalKey.from_dict(data)

                return key_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(MusicalKey | None, data)

        key = _parse_key(d.pop("key", None))

        timeline = cls(
            schema=schema,
            duration=duration,
            tempo=tempo,
            beats_per_bar=beats_per_bar,
            beats=beats,
            downbeats=downbeats,
            loudness=loudness,
            silences=silences,
            onset_strength=onset_strength,
            sections=sections,
            arousal=arousal,
            key=key,
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
