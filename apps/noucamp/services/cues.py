"""Triggers and their cues: raised for each matching kiosk, delivered in time or never."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from apps.noucamp import delivery
from apps.noucamp.models import Cue, Kiosk, Trigger
from apps.noucamp.queries import kiosks, unacknowledged
from apps.noucamp.rules.cues import CueState, expiry, state
from apps.noucamp.services.kiosks import saw
from foundation.errors import Conflict, Invalid, NotFound
from foundation.ids import new_id
from tenants.models import Organisation


class CueExpired(Conflict):
    code = "cue-expired"
    title = "The cue's time ended before it was delivered"


@dataclass(frozen=True)
class Target:
    """Who is meant: exactly one of the three is set."""

    kiosks: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    everyone: bool = False

    @property
    def data(self) -> dict[str, Any]:
        """As the client wrote it."""
        return {
            "kiosks": list(self.kiosks) or None,
            "zones": list(self.zones) or None,
            "all": self.everyone,
        }


@transaction.atomic
def raise_trigger(
    *,
    organisation: Organisation,
    livemode: bool,
    kind: str,
    target: Target,
    payload: dict[str, Any],
    ttl_ms: int,
    play_at: datetime | None,
    now: datetime,
) -> tuple[Trigger, list[Cue]]:
    """A trigger and one cue for each kiosk that is meant, in service and able to play it.

    Raises NotFound for a kiosk id that is not the organisation's, Invalid for a named kiosk that
    cannot play the kind or was retired. Zones without such a kiosk simply give no cue.
    """
    meant = _named(organisation, livemode, target.kiosks, kind) if target.kiosks else None
    found = meant if meant is not None else _matching(organisation, livemode, target.zones, kind)
    trigger = Trigger.objects.create(
        id=new_id("trg", now),
        organisation=organisation,
        livemode=livemode,
        kind=kind,
        target=target.data,
        payload=payload,
        ttl_ms=ttl_ms,
        play_at=play_at,
        raised_at=now,
        expires_at=expiry(now, play_at, ttl_ms),
    )
    cues = Cue.objects.bulk_create([_cue(trigger, kiosk) for kiosk in found], batch_size=1000)
    delivery.raised_after_commit(cues, now=now)
    return trigger, cues


def _matching(
    organisation: Organisation, livemode: bool, zones: Collection[str], kind: str
) -> QuerySet[Kiosk]:
    rows = kiosks(organisation, livemode=livemode).filter(
        retired_at=None, capabilities__contains=[kind]
    )
    return rows.filter(zone__in=zones) if zones else rows


def _named(
    organisation: Organisation, livemode: bool, kiosk_ids: Collection[str], kind: str
) -> list[Kiosk]:
    rows = kiosks(organisation, livemode=livemode).in_bulk(list(kiosk_ids))
    for position, kiosk_id in enumerate(kiosk_ids):
        pointer = f"/target/kiosks/{position}"
        if kiosk_id not in rows:
            raise NotFound(f"No kiosk {kiosk_id}.")
        if rows[kiosk_id].retired_at is not None:
            raise Invalid.field(pointer, "kiosk-retired", f"{kiosk_id} was retired.")
        if kind not in rows[kiosk_id].capabilities:
            raise Invalid.field(pointer, "lacks-capability", f"{kiosk_id} plays no {kind}.")
    return list(rows.values())


def _cue(trigger: Trigger, kiosk: Kiosk) -> Cue:
    return Cue(
        id=new_id("cue", trigger.raised_at),
        organisation_id=trigger.organisation_id,
        livemode=trigger.livemode,
        trigger=trigger,
        kiosk=kiosk,
        raised_at=trigger.raised_at,
        expires_at=trigger.expires_at,
    )


def mark_delivered(cue_ids: Collection[str], *, now: datetime) -> None:
    """Note the first delivery; a cue sent again keeps its first moment."""
    Cue.objects.filter(pk__in=cue_ids, delivered_at=None).update(delivered_at=now)


@transaction.atomic
def receive(kiosk_id: str, *, now: datetime) -> list[Cue]:
    """The kiosk's cues that may still be played, marked delivered: for devices without a socket."""
    cues = unacknowledged(kiosk_id, now=now)
    mark_delivered([cue.pk for cue in cues], now=now)
    saw(kiosk_id, now=now)
    return cues


@transaction.atomic
def acknowledge(*, kiosk_id: str, cue_id: str, played_at: datetime | None, now: datetime) -> Cue:
    """The device has played the cue; told twice, the first time counts.

    Raises NotFound for another kiosk's cue, CueExpired for one that was never delivered in time.
    """
    cue = (
        Cue.objects.select_for_update(of=("self",))
        .select_related("trigger", "kiosk")
        .filter(pk=cue_id, kiosk_id=kiosk_id)
        .first()
    )
    if cue is None:
        raise NotFound(f"No cue {cue_id}.")
    match state(cue.times, now):
        case CueState.ACKNOWLEDGED:
            return cue
        case CueState.EXPIRED:
            raise CueExpired(expires_at=cue.expires_at.isoformat())
        case CueState.PENDING | CueState.DELIVERED:
            pass
    cue.delivered_at = cue.delivered_at or now
    cue.acknowledged_at, cue.played_at = now, played_at
    cue.save(update_fields=["delivered_at", "acknowledged_at", "played_at"])
    saw(kiosk_id, now=now)
    delivery.acknowledged_after_commit(cue, now=now)
    return cue
