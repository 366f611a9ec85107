"""After the commit: cues to their kiosks first, then the news to the organisation's dashboards."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from asgiref.sync import async_to_sync
from django.db import transaction

from apps.noucamp import shapes
from apps.noucamp.models import Cue, Kiosk
from foundation import events

Message = tuple[str, dict[str, Any]]


def raised_after_commit(cues: Sequence[Cue], *, now: datetime) -> None:
    """Send every cue to its kiosk. What is lost on the way lies in Postgres until it expires."""
    if not cues:
        return
    to_devices = [(events.device_group(cue.kiosk_id), shapes.cue_frame(cue)) for cue in cues]
    _send_after_commit([*to_devices, *_news(cues, now)])


def acknowledged_after_commit(cues: Sequence[Cue], *, now: datetime) -> None:
    if cues:
        _send_after_commit(_news(cues, now))


def thermal_after_commit(kiosk: Kiosk, soc_celsius: float) -> None:
    event = {
        "type": "thermal",
        "kiosk": kiosk.pk,
        "kiosk_name": kiosk.name,
        "zone": kiosk.zone,
        "thermal": kiosk.thermal,
        "soc_celsius": soc_celsius,
    }
    events.send_after_commit(events.group(kiosk.organisation_id, livemode=kiosk.livemode), event)


def _news(cues: Iterable[Cue], now: datetime) -> list[Message]:
    """Each cue as it now stands, for its organisation's dashboards."""
    return [
        (
            events.group(cue.organisation_id, livemode=cue.livemode),
            {"type": shapes.CUE, **shapes.cue(cue, now)},
        )
        for cue in cues
    ]


def _send_after_commit(messages: Iterable[Message]) -> None:
    # One event loop for all of them: a loop for each would open a connection for each.
    transaction.on_commit(lambda: async_to_sync(_send)(messages))


async def _send(messages: Iterable[Message]) -> None:
    for group, event in messages:
        if not await events.send(group, event):
            return  # The rest would wait as long, one after the other; devices ask for their cues.
