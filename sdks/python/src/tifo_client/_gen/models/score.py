from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.score_type import ScoreType, check_score_type

if TYPE_CHECKING:
    from ..models.score_parts import ScoreParts


T = TypeVar("T", bound="Score")


@_attrs_define
class Score:
    """
    Attributes:
        type_ (ScoreType): * `score` - score
        seq (int): Of the newest frame that the score has heard
        t_us (int): That frame's own clock
        score (float): 0 to 100
        parts (ScoreParts):
        session_score (float): Mean of the session's zones
        dropped (int): Frames that were dropped so far
    """

    type_: ScoreType
    seq: int
    t_us: int
    score: float
    parts: ScoreParts
    session_score: float
    dropped: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        type_: str = self.type_

        seq = self.seq

        t_us = self.t_us

        score = self.score

        parts = self.parts.to_dict()

        session_score = self.session_score

        dropped = self.dropped

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "type": type_,
                "seq": seq,
                "t_us": t_us,
                "score": score,
                "parts": parts,
                "session_score": session_score,
                "dropped": dropped,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.score_parts import ScoreParts

        d = dict(src_dict)
        type_ = check_score_type(d.pop("type"))

        seq = d.pop("seq")

        t_us = d.pop("t_us")

        score = d.pop("score")

        parts = ScoreParts.from_dict(d.pop("parts"))

        session_score = d.pop("session_score")

        dropped = d.pop("dropped")

        score = cls(
            type_=type_,
            seq=seq,
            t_us=t_us,
            score=score,
            parts=parts,
            session_score=session_score,
            dropped=dropped,
        )

        score.additional_properties = d
        return score

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
