from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.cue_kind import CueKind, check_cue_kind

if TYPE_CHECKING:
    from ..models.cue import Cue
    from ..models.cue_counts import CueCounts
    from ..models.trigger_payload import TriggerPayload
    from ..models.trigger_target import TriggerTarget
    from ..models.trigger_warning import TriggerWarning


T = TypeVar("T", bound="Trigger")


@_attrs_define
class Trigger:
    """
    Attributes:
        id (str):
        livemode (bool):
        kind (CueKind): * `led` - Led
            * `audio` - Audio
        target (TriggerTarget):
        payload (TriggerPayload):
        ttl_ms (int):
        at (datetime.datetime | None):
        raised_at (datetime.datetime):
        expires_at (datetime.datetime):
        matched (int): Kiosks that got a cue
        warnings (list[TriggerWarning]): Of the raise alone; none when it is read again
        counts (CueCounts):
        cues (list[Cue]):
    """

    id: str
    livemode: bool
    kind: CueKind
    target: TriggerTarget
    payload: TriggerPayload
    ttl_ms: int
    at: datetime.datetime | None
    raised_at: datetime.datetime
    expires_at: datetime.datetime
    matched: int
    warnings: list[TriggerWarning]
    counts: CueCounts
    cues: list[Cue]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        livemode = self.livemode

        kind: str = self.kind

        target = self.target.to_dict()

        payload = self.payload.to_dict()

        ttl_ms = self.ttl_ms

        at: None | str
        if isinstance(self.at, datetime.datetime):
            at = self.at.isoformat()
        else:
            at = self.at

        raised_at = self.raised_at.isoformat()

        expires_at = self.expires_at.isoformat()

        matched = self.matched

        warnings = []
        for warnings_item_data in self.warnings:
            warnings_item = warnings_item_data.to_dict()
            warnings.append(warnings_item)

        counts = self.counts.to_dict()

        cues = []
        for cues_item_data in self.cues:
            cues_item = cues_item_data.to_dict()
            cues.append(cues_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "livemode": livemode,
                "kind": kind,
                "target": target,
                "payload": payload,
                "ttl_ms": ttl_ms,
                "at": at,
                "raised_at": raised_at,
                "expires_at": expires_at,
                "matched": matched,
                "warnings": warnings,
                "counts": counts,
                "cues": cues,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.cue import Cue
        from ..models.cue_counts import CueCounts
        from ..models.trigger_payload import TriggerPayload
        from ..models.trigger_target import TriggerTarget
        from ..models.trigger_warning import TriggerWarning

        d = dict(src_dict)
        id = d.pop("id")

        livemode = d.pop("livemode")

        kind = check_cue_kind(d.pop("kind"))

        target = TriggerTarget.from_dict(d.pop("target"))

        payload = TriggerPayload.from_dict(d.pop("payload"))

        ttl_ms = d.pop("ttl_ms")

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

        matched = d.pop("matched")

        warnings = []
        _warnings = d.pop("warnings")
        for warnings_item_data in _warnings:
            warnings_item = TriggerWarning.from_dict(warnings_item_data)

            warnings.append(warnings_item)

        counts = CueCounts.from_dict(d.pop("counts"))

        cues = []
        _cues = d.pop("cues")
        for cues_item_data in _cues:
            cues_item = Cue.from_dict(cues_item_data)

            cues.append(cues_item)

        trigger = cls(
            id=id,
            livemode=livemode,
            kind=kind,
            target=target,
            payload=payload,
            ttl_ms=ttl_ms,
            at=at,
            raised_at=raised_at,
            expires_at=expires_at,
            matched=matched,
            warnings=warnings,
            counts=counts,
            cues=cues,
        )

        trigger.additional_properties = d
        return trigger

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
