"""Triggers and their cues: raised for each matching kiosk, delivered in time or never."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from apps.noucamp import delivery
from apps.noucamp.models import Cue, Kiosk, Trigger
from apps.noucamp.queries import kiosks, unacknowledged
from apps.noucamp.rules.cues import CueState, expiry, may_be_played_at, state
from apps.noucamp.rules.targets import Unmet, unmet
from apps.noucamp.services.kiosks import saw
from foundation.errors import Conflict, Fact, Invalid, NotFound, Retry, TifoError
from foundation.ids import new_id
from tenants.models import Organisation


class CueExpired(Conflict):
    code = "cue-expired"
    title = "The cue's time ended before it was delivered"
    meaning = "The cue was acknowledged after its time had ended, so it counts as missed."
    remedy = (
        "Let the device drop cues whose `expires_at` has passed; raise triggers with a longer "
        "life if the network is slow."
    )
    retry = Retry.NO
    members = {
        "expires_at": Fact("2026-11-21T20:14:05+00:00", "when its time ended"),
    }


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
) -> tuple[Trigger, list[Cue], list[Unmet]]:
    """A trigger, one cue for each kiosk that is meant, in service and able to play it, and
    warnings of zones without such a kiosk.

    Raises NotFound for a kiosk id that is not the organisation's, Invalid for a named kiosk that
    cannot play the kind or was retired, and for a moment that is past or too far ahead.
    """
    if not may_be_played_at(play_at, now):
        raise Invalid.field("/at", "out-of-range", "at must lie 0 to 10 minutes ahead.")
    if target.kiosks:
        found, warnings = _named(organisation, livemode, target.kiosks, kind), []
    else:
        found = list(_matching(organisation, livemode, target.zones, kind))
        warnings = _unmet(organisation, livemode, target.zones, kind, {row.zone for row in found})
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
    delivery.raised(trigger, cues, now=now)
    return trigger, cues, warnings


def _matching(
    organisation: Organisation, livemode: bool, zones: Collection[str], kind: str
) -> QuerySet[Kiosk]:
    rows = kiosks(organisation, livemode=livemode).filter(
        retired_at=None, capabilities__contains=[kind]
    )
    return rows.filter(zone__in=zones) if zones else rows


def _unmet(
    organisation: Organisation,
    livemode: bool,
    zones: Collection[str],
    kind: str,
    met: set[str],
) -> list[Unmet]:
    if met and met >= set(zones):
        return []  # as nearly always: nothing more is asked
    rows = kiosks(organisation, livemode=livemode).filter(retired_at=None).order_by()
    standing = rows.values_list("zone", flat=True).distinct()
    able = standing.filter(capabilities__contains=[kind])
    return unmet(list(zones), kind, set(standing), set(able))


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


def mark_delivered(delivered: Sequence[tuple[str, datetime]]) -> list[None]:
    """Note when each cue was delivered first; a cue that is sent again keeps its first moment."""
    cue_ids = [cue_id for cue_id, _ in delivered]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE noucamp_cue SET delivered_at = fact.delivered_at
            FROM (SELECT id FROM noucamp_cue WHERE id = ANY(%s) ORDER BY id FOR UPDATE) AS locked
            JOIN unnest(%s::text[], %s::timestamptz[]) AS fact(cue_id, delivered_at)
                ON fact.cue_id = locked.id
            WHERE noucamp_cue.id = locked.id AND noucamp_cue.delivered_at IS NULL
            """,
            [cue_ids, cue_ids, [moment for _, moment in delivered]],
        )
    return [None] * len(delivered)


@transaction.atomic
def receive(kiosk_id: str, *, now: datetime) -> list[Cue]:
    """The kiosk's cues that may still be played, marked delivered: for devices without a socket."""
    cues = unacknowledged(kiosk_id, now=now)
    mark_delivered([(cue.pk, now) for cue in cues])
    saw([kiosk_id], now=now)
    return cues


@dataclass(frozen=True)
class Acknowledgement:
    """A device's word that it has played a cue; `played_at` is by its own clock."""

    kiosk_id: str
    cue_id: str
    played_at: datetime | None


def acknowledge(ack: Acknowledgement, *, now: datetime) -> Cue:
    """The device has played the cue; told twice, the first time counts.

    Raises NotFound for another kiosk's cue, CueExpired for one that was never delivered in time.
    """
    [answer] = acknowledge_calls([ack], now=now)
    if isinstance(answer, TifoError):
        raise answer
    return answer


@transaction.atomic
def acknowledge_calls(acks: Sequence[Acknowledgement], *, now: datetime) -> list[Cue | TifoError]:
    """`acknowledge_all` for devices without a socket, which are known to live by their calls."""
    answers = acknowledge_all(acks, now=now)
    saw({cue.kiosk_id for cue in answers if isinstance(cue, Cue)}, now=now)
    return answers


@transaction.atomic
def acknowledge_all(acks: Sequence[Acknowledgement], *, now: datetime) -> list[Cue | TifoError]:
    """Answer each acknowledgement in order, all in one transaction: see `acknowledge`."""
    # Locked in the order of ids, so that two processes never wait for each other in a circle.
    rows = (
        Cue.objects.select_for_update(of=("self",))
        .select_related("trigger", "kiosk")
        .filter(pk__in={ack.cue_id for ack in acks})
        .order_by("pk")
    )
    cues = {cue.pk: cue for cue in rows}
    fresh: dict[str, Cue] = {}
    answers = [_answer(cues.get(ack.cue_id), ack, fresh, now) for ack in acks]
    if fresh:
        _save_acknowledged(fresh.values())
        delivery.acknowledged(list(fresh.values()), now=now)
    return answers


def _answer(
    cue: Cue | None, ack: Acknowledgement, fresh: dict[str, Cue], now: datetime
) -> Cue | TifoError:
    if cue is None or cue.kiosk_id != ack.kiosk_id:
        return NotFound(f"No cue {ack.cue_id}.")
    match state(cue.times, now):
        case CueState.EXPIRED:
            return CueExpired(expires_at=cue.expires_at.isoformat())
        case CueState.PENDING | CueState.DELIVERED:
            cue.delivered_at = cue.delivered_at or now
            cue.acknowledged_at, cue.played_at = now, ack.played_at
            fresh[cue.pk] = cue
        case CueState.ACKNOWLEDGED:
            pass
    return cue


def _save_acknowledged(cues: Collection[Cue]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE noucamp_cue
            SET delivered_at = fact.delivered_at,
                acknowledged_at = fact.acknowledged_at,
                played_at = fact.played_at
            FROM unnest(%s::text[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[])
                AS fact(cue_id, delivered_at, acknowledged_at, played_at)
            WHERE noucamp_cue.id = fact.cue_id
            """,
            [
                [cue.pk for cue in cues],
                [cue.delivered_at for cue in cues],
                [cue.acknowledged_at for cue in cues],
                [cue.played_at for cue in cues],
            ],
        )
