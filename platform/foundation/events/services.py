"""Writes: durable events, in the transaction that makes them true, and their end."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.transaction import TransactionManagementError

from foundation.events.catalogue import Data, Durable
from foundation.events.models import Event
from foundation.events.sockets import Audience, Message, send_after_commit, to_listeners
from foundation.ids import new_id

ENDED_AT_ONCE = 5_000


def tell(event: Durable[Data], data: Data, *, to: Audience, now: datetime) -> None:
    """Keep the event with what the surrounding transaction changes, and tell sockets after it.

    Raises Undeclared, and TransactionManagementError where no transaction is open.
    """
    send_after_commit(keep(event, [(to, data)], now=now))


def keep(
    event: Durable[Data], each: Iterable[tuple[Audience, Data]], *, now: datetime
) -> list[Message]:
    """Keep many of a type with one statement. What is returned is for `send_after_commit`.

    Raises Undeclared, and TransactionManagementError where no transaction is open.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError(f"{event.name} is kept with what it tells, or not at all.")
    messages: list[Message] = []
    rows = []
    for to, data in each:
        event_id = new_id("evt", now)
        messages += to_listeners(event, data, to=to, event_id=event_id)
        rows.append((event_id, to.organisation_id, to.livemode, data))
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(_KEEP, [event.name, now, json.dumps(rows, ensure_ascii=False)])
    return messages


# One JSON text for all rows, not the ORM's list of values, nor arrays, whose every quotation mark
# is escaped in Python.
_KEEP = """
    INSERT INTO foundation_event (type, created_at, id, organisation_id, livemode, data)
    SELECT %s, %s, fact ->> 0, fact ->> 1, (fact ->> 2)::boolean, fact -> 3
    FROM jsonb_array_elements(%s::jsonb) WITH ORDINALITY AS told (fact, number)
    ORDER BY number
"""


def forget_expired(*, now: datetime) -> int:
    """Delete events past their published days, read or not; returns how many went."""
    ended = Event.objects.filter(created_at__lte=now - timedelta(days=settings.EVENT_DAYS))
    total = 0
    while True:
        batch = ended.order_by("created_at").values("pk")[:ENDED_AT_ONCE]
        gone, _ = Event.objects.filter(pk__in=batch).delete()
        total += gone
        if gone < ENDED_AT_ONCE:
            return total
