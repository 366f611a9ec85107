"""Sessions pass from state to state by the clock, and each step is told once.

A session hears, or does not, by its window alone: nothing waits for what is done here. It is done
by housekeeping, with the times at which it became true, also after the platform was away.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet

from apps.live_audio_feedback.events import SESSION_CLOSED, SESSION_OPENED, SessionData
from apps.live_audio_feedback.models import LiveSession
from apps.live_audio_feedback.rules.window import closed_at, opened_at, state
from foundation.events.catalogue import Durable
from foundation.events.services import tell
from foundation.events.sockets import Audience

BATCH: Final = 200
# Every process hears of the end within a second, and writes what it heard within another.
SEALS_AFTER: Final = timedelta(seconds=15)


def follow(*, now: datetime) -> None:
    """Write and tell what the clock has made of sessions since the last call."""
    followed = LiveSession.objects.filter(followed=True, closed_at=None)
    _each(followed.filter(opened_at=None, starts_at__lte=now), open_, now)
    over = Q(ends_at__lte=now) | Q(ended_at__isnull=False)
    _each(followed.filter(over), close, now)


def open_(session: LiveSession, *, now: datetime) -> None:
    """Write and tell that it opened, unless that is done, or never came to be."""
    moment = opened_at(session.window, now)
    if session.opened_at is None and moment is not None:
        session.opened_at = moment
        session.save(update_fields=["opened_at"])
        tell_of(SESSION_OPENED, session, at=moment, now=now)


def close(session: LiveSession, *, now: datetime) -> None:
    """Write and tell that it closed, unless that is done."""
    moment = closed_at(session.window, now)
    if session.followed and session.closed_at is None and moment is not None:
        session.closed_at = moment
        session.seals_at = now + SEALS_AFTER
        session.save(update_fields=["closed_at", "seals_at"])
        tell_of(SESSION_CLOSED, session, at=moment, now=now)


def tell_of(
    event: Durable[SessionData], session: LiveSession, *, at: datetime, now: datetime
) -> None:
    """Tell what became of the session `at` that time, in the transaction that writes it."""
    told = SessionData(session=session.pk, state=state(session.window, now), at=at.isoformat())
    tell(event, told, to=Audience(session.organisation_id, session.livemode), now=now)


def _each(due: QuerySet[LiveSession], act: Callable[..., None], now: datetime) -> None:
    """Act on each session that is due in a transaction of its own, the oldest first.

    One that another process has in hand is left to it.
    """
    for session_id in due.order_by("pk").values_list("pk", flat=True)[:BATCH]:
        with transaction.atomic():
            rows = due.select_for_update(no_key=True, skip_locked=True)
            session = rows.filter(pk=session_id).first()
            if session is not None:
                act(session, now=now)
