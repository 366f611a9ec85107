from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.cue_kind import CueKind, check_cue_kind
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.raise_trigger_request_payload import RaiseTriggerRequestPayload
    from ..models.target_request import TargetRequest


T = TypeVar("T", bound="RaiseTriggerRequest")


@_attrs_define
class RaiseTriggerRequest:
    """
    Attributes:
        kind (CueKind): * `led` - Led
            * `audio` - Audio
        target (TargetRequest): Exactly one of the three.
        payload (RaiseTriggerRequestPayload | Unset): At most 4 KiB, as in {"colour": "#a50044", "pattern": "wave"}
        ttl_ms (int | Unset): How long it may still be played; never delivered later Default: 10000.
        at (datetime.datetime | None | Unset): When all play it together, up to 10 minutes ahead; null for at once
    """

    kind: CueKind
    target: TargetRequest
    payload: RaiseTriggerRequestPayload | Unset = UNSET
    ttl_ms: int | Unset = 10000
    at: datetime.datetime | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        kind: str = self.kind

        target = self.target.to_dict()

        payload: dict[str, Any] | Unset = UNSET
        if not isinstance(self.payload, Unset):
            payload = self.payload.to_dict()

        ttl_ms = self.ttl_ms

        at: None | str | Unset
        if isinstance(self.at, Unset):
            at = UNSET
        elif isinstance(self.at, datetime.datetime):
            at = self.at.isoformat()
        else:
            at = self.at

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "kind": kind,
                "target": target,
            }
        )
        if payload is not UNSET:
            field_dict["payload"] = payload
        if ttl_ms is not UNSET:
            field_dict["ttl_ms"] = ttl_ms
        if at is not UNSET:
            field_dict["at"] = at

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.raise_trigger_request_payload import RaiseTriggerRequestPayload
        from ..models.target_request import TargetRequest

        d = dict(src_dict)
        kind = check_cue_kind(d.pop("kind"))

        target = TargetRequest.from_dict(d.pop("target"))

        _payload = d.pop("payload", UNSET)
        payload: RaiseTriggerRequestPayload | Unset
        if isinstance(_payload, Unset):
            payload = UNSET
        else:
            payload = RaiseTriggerRequestPayload.from_dict(_payload)

        ttl_ms = d.pop("ttl_ms", UNSET)

        def _parse_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                at_type_0 = datetime.datetime.fromisoformat(data)

                return at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        at = _parse_at(d.pop("at", UNSET))

        raise_trigger_request = cls(
            kind=kind,
            target=target,
            payload=payload,
            ttl_ms=ttl_ms,
            at=at,
        )

        return raise_trigger_request
