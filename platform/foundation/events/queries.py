"""Reads: the outbox in an order that no late commit can slip behind."""

from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction

from foundation.events.models import ORDER, Event
from foundation.events.sockets import Audience

RESUMED_WITHIN: Final = timedelta(minutes=10)
OVERLAP: Final = timedelta(seconds=5)

_LOCK = (8, 1)  # two numbers: a space of their own, apart from idempotency's single ones


def after(cursor: int, limit: int) -> list[Event]:
    """The next `limit` committed events behind `cursor`: 0, or the last one's `position`.

    Whoever keeps its cursor misses none that has not ended, and meets none twice. What one
    transaction wrote, and what followed from it, comes in the order in which it was written. Raises
    RuntimeError inside a transaction: positions must be committed before anybody goes by them.
    """
    with transaction.atomic(durable=True):
        place(limit)
    return list(Event.objects.filter(position__gt=cursor).order_by("position")[:limit])


def since(event_id: str, most: int, *, to: Audience, now: datetime) -> list[Event] | None:
    """What the audience was told since this event, for one that has just lost its line: the first
    `most` in the order in which they were written.

    With what was told 5 seconds before, for it may have been committed after. None where the event
    is not the audience's, or more than 10 minutes old: a reader of the outbox goes on from there.
    """
    mine = Event.objects.filter(organisation_id=to.organisation_id, livemode=to.livemode)
    last = mine.filter(pk=event_id).first()
    if last is None or last.created_at < now - RESUMED_WITHIN:
        return None
    later = mine.filter(created_at__gte=last.created_at - OVERLAP).exclude(pk=event_id)
    return list(later.order_by("written")[:most])


def place(limit: int) -> None:
    """Give up to `limit` committed rows that have no position the next ones.

    One transaction at a time, so that positions become visible in their own order. A row of a
    transaction that commits later gets a later one, however early it was written.
    """
    if not Event.objects.filter(position=None).exists():
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", _LOCK)
        # A statement of its own: it must see what the lock's last holder has committed.
        cursor.execute(_PLACE, [limit, ORDER])


# Materialised, or a planner might number the rows in another order than that of the inner query.
_PLACE = """
    WITH waiting AS MATERIALIZED (
        SELECT id FROM foundation_event WHERE position IS NULL ORDER BY written LIMIT %s
    ),
    placed AS MATERIALIZED (
        SELECT id, nextval(%s) AS position FROM waiting
    )
    UPDATE foundation_event SET position = placed.position
    FROM placed WHERE foundation_event.id = placed.id
"""
