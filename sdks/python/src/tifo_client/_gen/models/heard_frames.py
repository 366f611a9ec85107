from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.score import Score
    from ..models.stream_warning import StreamWarning


T = TypeVar("T", bound="HeardFrames")


@_attrs_define
class HeardFrames:
    """
    Attributes:
        accepted (int): Frames of this call that are scored
        late (int): Not heard: a frame after them had come before
        duplicate (int): Not heard again: these very frames had come before
        dropped (int): Older frames that waited and had to make room for these
        resynchronised (bool): The numbers began anew, and the stream with them
        score (None | Score): The newest; null before the first one
        warnings (list[StreamWarning]): Since the call before
    """

    accepted: int
    late: int
    duplicate: int
    dropped: int
    resynchronised: bool
    score: None | Score
    warnings: list[StreamWarning]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.score import Score

        accepted = self.accepted

        late = self.late

        duplicate = self.duplicate

        dropped = self.dropped

        resynchronised = self.resynchronised

        score: dict[str, Any] | None
        if isinstance(self.score, Score):
            score = self.score.to_dict()
        else:
            score = self.score

        warnings = []
        for warnings_item_data in self.warnings:
            warnings_item = warnings_item_data.to_dict()
            warnings.append(warnings_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "accepted": accepted,
                "late": late,
                "duplicate": duplicate,
                "dropped": dropped,
                "resynchronised": resynchronised,
                "score": score,
                "warnings": warnings,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.score import Score
        from ..models.stream_warning import StreamWarning

        d = dict(src_dict)
        accepted = d.pop("accepted")

        late = d.pop("late")

        duplicate = d.pop("duplicate")

        dropped = d.pop("dropped")

        resynchronised = d.pop("resynchronised")

        def _parse_score(data: object) -> None | Score:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                score_type_0 = Score.from_dict(data)

                return score_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Score, data)

        score = _parse_score(d.pop("score", None))

        warnings = []
        _warnings = d.pop("warnings")
        for warnings_item_data in _warnings:
            warnings_item = StreamWarning.from_dict(warnings_item_data)

            warnings.append(warnings_item)

        heard_frames = cls(
            accepted=accepted,
            late=late,
            duplicate=duplicate,
            dropped=dropped,
            resynchronised=resynchronised,
            score=score,
            warnings=warnings,
        )

        heard_frames.additional_properties = d
        return heard_frames

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
