"""Reads, always from the organisation and its mode: a foreign id and an absent id look the same."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Avg, Count, Q, QuerySet

from apps.noucamp.models import Cue, Interaction, Kiosk, TelemetryReading, Trigger
from foundation.errors import NotFound
from tenants.models import Organisation

CONNECTED_WITHIN = timedelta(seconds=15)


@dataclass(frozen=True)
class InteractionSummary:
    """Exact figures of one organisation's own interactions in [start, end)."""

    start: datetime
    end: datetime
    cheers: int
    mean_cheer: float | None
    skips: int
    users: int


def kiosks(organisation: Organisation, *, livemode: bool) -> QuerySet[Kiosk]:
    return organisation.kiosks.filter(livemode=livemode).select_related("latest")


def kiosk(organisation: Organisation, kiosk_id: str, *, livemode: bool) -> Kiosk:
    found = kiosks(organisation, livemode=livemode).filter(pk=kiosk_id).first()
    if found is None:
        raise NotFound(f"No kiosk {kiosk_id}.")
    return found


def is_connected(kiosk: Kiosk, now: datetime) -> bool:
    """Whether a device socket of this kiosk is open, as far as can be known.

    A close is noted at once; sockets that ended without one, with their process, fade.
    """
    return kiosk.socket_seen_at is not None and now - kiosk.socket_seen_at < CONNECTED_WITHIN


def readings(kiosk: Kiosk) -> QuerySet[TelemetryReading]:
    return TelemetryReading.objects.filter(kiosk=kiosk)


def summary(
    organisation: Organisation, *, livemode: bool, start: datetime, end: datetime
) -> InteractionSummary:
    """One pass over the window. A fan seen on both sides of a month's end counts as two."""
    is_cheer, is_skip = Q(kind=Interaction.Kind.CHEER), Q(kind=Interaction.Kind.SKIP)
    found = Interaction.objects.filter(
        organisation=organisation,
        livemode=livemode,
        happened_at__gte=start,
        happened_at__lt=end,
    ).aggregate(
        cheers=Count("pk", filter=is_cheer),
        mean_cheer=Avg("value", filter=is_cheer),
        skips=Count("pk", filter=is_skip),
        users=Count("user_hash", distinct=True),
    )
    return InteractionSummary(start, end, **found)


def trigger(organisation: Organisation, trigger_id: str, *, livemode: bool) -> Trigger:
    found = organisation.triggers.filter(livemode=livemode, pk=trigger_id).first()
    if found is None:
        raise NotFound(f"No trigger {trigger_id}.")
    return found


def cues(organisation: Organisation, *, livemode: bool) -> QuerySet[Cue]:
    return organisation.cues.filter(livemode=livemode).select_related("trigger", "kiosk")


def undelivered(kiosk_ids: Collection[str], *, now: datetime) -> list[Cue]:
    """The cues of all these kiosks that no socket has sent yet and that may still be played."""
    rows = Cue.objects.filter(
        kiosk_id__in=kiosk_ids, acknowledged_at=None, delivered_at=None, expires_at__gt=now
    )
    return list(rows.select_related("trigger").order_by("raised_at", "pk"))


def unacknowledged(kiosk_id: str, *, now: datetime) -> list[Cue]:
    """The kiosk's cues that may still be played, oldest first."""
    rows = Cue.objects.filter(kiosk_id=kiosk_id, acknowledged_at=None, expires_at__gt=now)
    return list(rows.select_related("trigger").order_by("raised_at", "pk"))
