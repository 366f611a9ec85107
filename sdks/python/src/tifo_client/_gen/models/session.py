from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.session_state import SessionState, check_session_state

T = TypeVar("T", bound="Session")


@_attrs_define
class Session:
    """
    Attributes:
        id (str):
        name (str):
        livemode (bool):
        zones (list[str]):
        state (SessionState): * `scheduled` - scheduled
            * `open` - open
            * `ended` - ended
        starts_at (datetime.datetime):
        ends_at (datetime.datetime):
        ended_at (datetime.datetime | None): When it was ended by a call, before its window was over
        created_at (datetime.datetime):
    """

    id: str
    name: str
    livemode: bool
    zones: list[str]
    state: SessionState
    starts_at: datetime.datetime
    ends_at: datetime.datetime
    ended_at: datetime.datetime | None
    created_at: datetime.datetime
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        name = self.name

        livemode = self.livemode

        zones = self.zones

        state: str = self.state

        starts_at = self.starts_at.isoformat()

        ends_at = self.ends_at.isoformat()

        ended_at: None | str
        if isinstance(self.ended_at, datetime.datetime):
            ended_at = self.ended_at.isoformat()
        else:
            ended_at = self.ended_at

        created_at = self.created_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "name": name,
                "livemode": livemode,
                "zones": zones,
                "state": state,
                "starts_at": starts_at,
                "ends_at": ends_at,
                "ended_at": ended_at,
                "created_at": created_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        id = d.pop("id")

        name = d.pop("name")

        livemode = d.pop("livemode")

        zones = cast(list[str], d.pop("zones"))

        state = check_session_state(d.pop("state"))

        starts_at = datetime.datetime.fromisoformat(d.pop("starts_at"))

        ends_at = datetime.datetime.fromisoformat(d.pop("ends_at"))

        def _parse_ended_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                ended_at_type_0 = datetime.datetime.fromisoformat(data)

                return ended_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        ended_at = _parse_ended_at(d.pop("ended_at", None))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        session = cls(
            id=id,
            name=name,
            livemode=livemode,
            zones=zones,
            state=state,
            starts_at=starts_at,
            ends_at=ends_at,
            ended_at=ended_at,
            created_at=created_at,
        )

        session.additional_properties = d
        return session

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
