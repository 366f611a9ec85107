"""Scores end: what is kept of a session goes some days after it has closed."""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import connection
from django.db.models import Q

from apps.live_audio_feedback.models import LiveSession

AT_ONCE: Final = 20_000  # rows, so that no statement holds up who reads scores
_TABLES: Final = ("live_audio_feedback_zonesecond", "live_audio_feedback_livestream")


def forget_scores(*, now: datetime, at_once: int = AT_ONCE) -> int:
    """Delete the roll-ups and streams of sessions past their days; returns how many went.

    Sessions and receipts stay. One that waits for its seal is left until it has it.
    """
    last = now - timedelta(days=settings.SCORE_DAYS)
    old = LiveSession.objects.filter(
        Q(ends_at__lte=last) | Q(ended_at__lte=last),
        Q(sealed_at__isnull=False) | Q(followed=False),
        forgotten_at=None,
    )
    gone = 0
    for session_id in old.order_by("ends_at").values_list("pk", flat=True):
        for table in _TABLES:
            gone += _empty(table, session_id, at_once)
        # After its rows: a process that is killed between leaves them to be found again.
        LiveSession.objects.filter(pk=session_id).update(forgotten_at=now)
    return gone


def _empty(table: str, session_id: str, at_once: int) -> int:
    total, gone = 0, at_once
    with connection.cursor() as cursor:
        while gone == at_once:
            cursor.execute(
                f"DELETE FROM {table} WHERE ctid = ANY(ARRAY("  # noqa: S608  (one of `_TABLES`)
                f"SELECT ctid FROM {table} WHERE session_id = %s LIMIT %s))",
                [session_id, at_once],
            )
            gone = int(cursor.rowcount)
            total += gone
    return total
