from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.tempo_alternative import TempoAlternative


T = TypeVar("T", bound="Tempo")


@_attrs_define
class Tempo:
    """
    Attributes:
        bpm (float | None): Null where nothing beats
        confidence (float):
        alternatives (list[TempoAlternative]):
    """

    bpm: float | None
    confidence: float
    alternatives: list[TempoAlternative]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        bpm: float | None
        bpm = self.bpm

        confidence = self.confidence

        alternatives = []
        for alternatives_item_data in self.alternatives:
            alternatives_item = alternatives_item_data.to_dict()
            alternatives.append(alternatives_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "bpm": bpm,
                "confidence": confidence,
                "alternatives": alternatives,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.tempo_alternative import TempoAlternative

        d = dict(src_dict)

        def _parse_bpm(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        bpm = _parse_bpm(d.pop("bpm", None))

        confidence = d.pop("confidence")

        alternatives = []
        _alternatives = d.pop("alternatives")
        for alternatives_item_data in _alternatives:
            alternatives_item = TempoAlternative.from_dict(alternatives_item_data)

            alternatives.append(alternatives_item)

        tempo = cls(
            bpm=bpm,
            confidence=confidence,
            alternatives=alternatives,
        )

        tempo.additional_properties = d
        return tempo

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
