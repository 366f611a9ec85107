from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.cue_kind import CueKind, check_cue_kind
from ..models.cue_state import CueState, check_cue_state

if TYPE_CHECKING:
    from ..models.cue_payload import CuePayload


T = TypeVar("T", bound="Cue")


@_attrs_define
class Cue:
    """
    Attributes:
        id (str):
        trigger (str):
        kiosk (str):
        kiosk_name (str):
        zone (str):
        kind (CueKind): * `led` - Led
            * `audio` - Audio
        payload (CuePayload):
        state (CueState): * `pending` - pending
            * `delivered` - delivered
            * `acknowledged` - acknowledged
            * `expired` - expired
        at (datetime.datetime | None):
        raised_at (datetime.datetime):
        expires_at (datetime.datetime):
        delivered_at (datetime.datetime | None):
        acknowledged_at (datetime.datetime | None):
        played_at (datetime.datetime | None): By the device's own clock
        delivery_ms (int | None): Raise to delivery
        latency_ms (int | None): Raise to acknowledgement
    """

    id: str
    trigger: str
    kiosk: str
    kiosk_name: str
    zone: str
    kind: CueKind
    payload: CuePayload
    state: CueState
    at: datetime.datetime | None
    raised_at: datetime.datetime
    expires_at: datetime.datetime
    delivered_at: datetime.datetime | None
    acknowledged_at: datetime.datetime | None
    played_at: datetime.datetime | None
    delivery_ms: int | None
    latency_ms: int | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        trigger = self.trigger

        kiosk = self.kiosk

        kiosk_name = self.kiosk_name

        zone = self.zone

        kind: str = self.kind

        payload = self.payload.to_dict()

        state: str = self.state

        at: None | str
        if isinstance(self.at, datetime.datetime):
            at = self.at.isoformat()
        else:
            at = self.at

        raised_at = self.raised_at.isoformat()

        expires_at = self.expires_at.isoformat()

        delivered_at: None | str
        if isinstance(self.delivered_at, datetime.datetime):
            delivered_at = self.delivered_at.isoformat()
        else:
            delivered_at = self.delivered_at

        acknowledged_at: None | str
        if isinstance(self.acknowledged_at, datetime.datetime):
            acknowledged_at = self.acknowledged_at.isoformat()
        else:
            acknowledged_at = self.acknowledged_at

        played_at: None | str
        if isinstance(self.played_at, datetime.datetime):
            played_at = self.played_at.isoformat()
        else:
            played_at = self.played_at

        delivery_ms: int | None
        delivery_ms = self.delivery_ms

        latency_ms: int | None
        latency_ms = self.latency_ms

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "trigger": trigger,
                "kiosk": kiosk,
                "kiosk_name": kiosk_name,
                "zone": zone,
                "kind": kind,
                "payload": payload,
                "state": state,
                "at": at,
                "raised_at": raised_at,
                "expires_at": expires_at,
                "delivered_at": delivered_at,
                "acknowledged_at": acknowledged_at,
                "played_at": played_at,
                "delivery_ms": delivery_ms,
                "latency_ms": latency_ms,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.cue_payload import CuePayload

        d = dict(src_dict)
        id = d.pop("id")

        trigger = d.pop("trigger")

        kiosk = d.pop("kiosk")

        kiosk_name = d.pop("kiosk_name")

        zone = d.pop("zone")

        kind = check_cue_kind(d.pop("kind"))

        payload = CuePayload.from_dict(d.pop("payload"))

        state = check_cue_state(d.pop("state"))

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

        def _parse_delivered_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                delivered_at_type_0 = datetime.datetime.fromisoformat(data)

                return delivered_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        delivered_at = _parse_delivered_at(d.pop("delivered_at", None))

        def _parse_acknowledged_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                acknowledged_at_type_0 = datetime.datetime.fromisoformat(data)

                return acknowledged_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        acknowledged_at = _parse_acknowledged_at(d.pop("acknowledged_at", None))

        def _parse_played_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                played_at_type_0 = datetime.datetime.fromisoformat(data)

                return played_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        played_at = _parse_played_at(d.pop("played_at", None))

        def _parse_delivery_ms(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        delivery_ms = _parse_delivery_ms(d.pop("delivery_ms", None))

        def _parse_latency_ms(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        latency_ms = _parse_latency_ms(d.pop("latency_ms", None))

        cue = cls(
            id=id,
            trigger=trigger,
            kiosk=kiosk,
            kiosk_name=kiosk_name,
            zone=zone,
            kind=kind,
            payload=payload,
            state=state,
            at=at,
            raised_at=raised_at,
            expires_at=expires_at,
            delivered_at=delivered_at,
            acknowledged_at=acknowledged_at,
            played_at=played_at,
            delivery_ms=delivery_ms,
            latency_ms=latency_ms,
        )

        cue.additional_properties = d
        return cue

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
