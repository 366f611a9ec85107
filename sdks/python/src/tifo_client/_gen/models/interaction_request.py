from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.interaction_kind import InteractionKind, check_interaction_kind
from ..types import UNSET, Unset

T = TypeVar("T", bound="InteractionRequest")


@_attrs_define
class InteractionRequest:
    """
    Attributes:
        id (str): Your own unique id: the same id counts once, ever
        end_user (str): The fan in your own naming; only a keyed hash is kept
        kind (InteractionKind): * `cheer` - Cheer
            * `skip` - Skip
        at (datetime.datetime): When it happened; up to 31 days ago
        value (float | None | Unset): Volume of a cheer, 0 to 100; null for a skip
        track (None | str | Unset):
    """

    id: str
    end_user: str
    kind: InteractionKind
    at: datetime.datetime
    value: float | None | Unset = UNSET
    track: None | str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        end_user = self.end_user

        kind: str = self.kind

        at = self.at.isoformat()

        value: float | None | Unset
        if isinstance(self.value, Unset):
            value = UNSET
        else:
            value = self.value

        track: None | str | Unset
        if isinstance(self.track, Unset):
            track = UNSET
        else:
            track = self.track

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "end_user": end_user,
                "kind": kind,
                "at": at,
            }
        )
        if value is not UNSET:
            field_dict["value"] = value
        if track is not UNSET:
            field_dict["track"] = track

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        id = d.pop("id")

        end_user = d.pop("end_user")

        kind = check_interaction_kind(d.pop("kind"))

        at = datetime.datetime.fromisoformat(d.pop("at"))

        def _parse_value(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        value = _parse_value(d.pop("value", UNSET))

        def _parse_track(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        track = _parse_track(d.pop("track", UNSET))

        interaction_request = cls(
            id=id,
            end_user=end_user,
            kind=kind,
            at=at,
            value=value,
            track=track,
        )

        return interaction_request
