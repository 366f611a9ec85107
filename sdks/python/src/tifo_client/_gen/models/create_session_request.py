from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="CreateSessionRequest")


@_attrs_define
class CreateSessionRequest:
    """
    Attributes:
        name (str):
        ends_at (datetime.datetime):
        zones (list[str]): 1 to 64 parts of the venue, each 1 to 64 letters, digits, hyphens and underscores
        starts_at (datetime.datetime | Unset): Now, when left out
    """

    name: str
    ends_at: datetime.datetime
    zones: list[str]
    starts_at: datetime.datetime | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        ends_at = self.ends_at.isoformat()

        zones = self.zones

        starts_at: str | Unset = UNSET
        if not isinstance(self.starts_at, Unset):
            starts_at = self.starts_at.isoformat()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "name": name,
                "ends_at": ends_at,
                "zones": zones,
            }
        )
        if starts_at is not UNSET:
            field_dict["starts_at"] = starts_at

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        name = d.pop("name")

        ends_at = datetime.datetime.fromisoformat(d.pop("ends_at"))

        zones = cast(list[str], d.pop("zones"))

        _starts_at = d.pop("starts_at", UNSET)
        starts_at: datetime.datetime | Unset
        if isinstance(_starts_at, Unset):
            starts_at = UNSET
        else:
            starts_at = datetime.datetime.fromisoformat(_starts_at)

        create_session_request = cls(
            name=name,
            ends_at=ends_at,
            zones=zones,
            starts_at=starts_at,
        )

        return create_session_request
