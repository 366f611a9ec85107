from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.cue_kind import CueKind, check_cue_kind

if TYPE_CHECKING:
    from ..models.device_cue_payload import DeviceCuePayload


T = TypeVar("T", bound="DeviceCue")


@_attrs_define
class DeviceCue:
    """
    Attributes:
        id (str):
        kind (CueKind): * `led` - Led
            * `audio` - Audio
        payload (DeviceCuePayload):
        at (datetime.datetime | None): When to play it; null for now
        raised_at (datetime.datetime):
        expires_at (datetime.datetime): Never play it later than this
    """

    id: str
    kind: CueKind
    payload: DeviceCuePayload
    at: datetime.datetime | None
    raised_at: datetime.datetime
    expires_at: datetime.datetime
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        kind: str = self.kind

        payload = self.payload.to_dict()

        at: None | str
        if isinstance(self.at, datetime.datetime):
            at = self.at.isoformat()
        else:
            at = self.at

        raised_at = self.raised_at.isoformat()

        expires_at = self.expires_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "kind": kind,
                "payload": payload,
                "at": at,
                "raised_at": raised_at,
                "expires_at": expires_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.device_cue_payload import DeviceCuePayload

        d = dict(src_dict)
        id = d.pop("id")

        kind = check_cue_kind(d.pop("kind"))

        payload = DeviceCuePayload.from_dict(d.pop("payload"))

        def _parse_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                at_type_0 = datetime.datetime.fromisoformat(data)

                return at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        at = _parse_at(d.pop("at", None))

        raised_at = datetime.datetime.fromisoformat(d.pop("raised_at"))

        expires_at = datetime.datetime.fromisoformat(d.pop("expires_at"))

        device_cue = cls(
            id=id,
            kind=kind,
            payload=payload,
            at=at,
            raised_at=raised_at,
            expires_at=expires_at,
        )

        device_cue.additional_properties = d
        return device_cue

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
