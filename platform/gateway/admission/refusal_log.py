"""How often the gate refused, by policy, key, end user and route: counted in memory, kept by hour.

To count costs no I/O. Once a second a thread adds the counts to Postgres; while that is away they
grow here, up to a bound. Counts are for looking at: a killed process loses its last second.
"""

import os
import threading
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from django.db import InterfaceError, OperationalError, connection
from django.db.models import Sum

from gateway.background import Background
from gateway.models import RefusalCount
from tenants.models import Organisation

MOST_ENTRIES = 10_000
MOST_ROWS = 1_000
KEPT = timedelta(days=30)
GROUPS: Final = {
    "policy": "policy",
    "key": "key_id",
    "end_user": "end_user",
    "route": "route",
    "kind": "kind",
    "hour": "hour",
}
_ROUTE_LENGTH: Final = 200


class Entry(NamedTuple):
    """What is counted together: the columns of a `RefusalCount`; `hour` counts from 1970."""

    organisation_id: str
    livemode: bool
    hour: int
    kind: str
    policy: str
    key_id: str
    end_user: str
    route: str


class Counts:
    """Counts by entry, at most `2 * most` of them; safe for threads and forks.

    Beyond `most` distinct entries of an hour, taken or not, new ones are counted without their key
    and end user: who is refused may invent users without end, and each would be a row for a month.
    Beyond twice as many at a time they are not counted at all.
    """

    _counts: dict[Entry, int]
    _named: set[int]
    _hour: int
    _lock: threading.Lock

    def __init__(self, most: int = MOST_ENTRIES) -> None:
        self._most = most
        self._begin_anew()
        os.register_at_fork(after_in_child=self._begin_anew)

    def add(self, entry: Entry, times: int = 1) -> None:
        """Count the entry."""
        with self._lock:
            if not self._names(entry):
                entry = entry._replace(key_id="", end_user="")
                if entry not in self._counts and len(self._counts) >= 2 * self._most:
                    return
            self._counts[entry] = self._counts.get(entry, 0) + times

    def take(self) -> dict[Entry, int]:
        """Everything counted so far; counting begins anew."""
        with self._lock:
            taken, self._counts = self._counts, {}
        return taken

    def _names(self, entry: Entry) -> bool:
        """Whether the entry is among the first `most` of its hour."""
        if entry.hour > self._hour:
            self._hour, self._named = entry.hour, set()
        name = hash(entry)
        if name not in self._named and len(self._named) < self._most:
            self._named.add(name)
        return name in self._named

    def _begin_anew(self) -> None:
        self._counts, self._named, self._hour = {}, set(), 0
        self._lock = threading.Lock()


def note(
    kind: str,
    *,
    organisation_id: str,
    livemode: bool,
    policy: str,
    key_id: str,
    end_user: str,
    route: str,
    now: datetime,
) -> None:
    """Count one decision of a `RefusalCount.Kind`; `end_user` is a hash in hex, or empty."""
    hour = int(now.timestamp()) // 3600
    route = route[:_ROUTE_LENGTH]
    _counts.add(Entry(organisation_id, livemode, hour, kind, policy, key_id, end_user, route))
    _flusher.start()


def flush() -> int:
    """Add what was counted to the rows; returns how many entries were written.

    Raises:
        OperationalError, InterfaceError: the database is away; what was counted is kept.
    """
    taken = _counts.take()
    if not taken:
        return 0
    try:
        return _write(taken)
    except (OperationalError, InterfaceError):
        for entry, times in taken.items():
            _counts.add(entry, times)
        raise


def totals(
    organisation: Organisation,
    *,
    livemode: bool,
    start: datetime,
    end: datetime,
    group_by: Collection[str],
) -> list[dict[str, Any]]:
    """The counts of the hours that begin in [start, end), the largest first; at most MOST_ROWS.

    `group_by` names some of GROUPS; each row has those and `count`.

    Raises:
        KeyError: a group of another name.
    """
    columns = {name: GROUPS[name] for name in sorted(group_by)}
    found = organisation.refusals.filter(livemode=livemode, hour__gte=start, hour__lt=end)
    grouped = found.values(*columns.values() or ["organisation"]).annotate(total=Sum("count"))
    rows = grouped.order_by("-total", *columns.values())[:MOST_ROWS]
    return [
        {**{name: row[column] for name, column in columns.items()}, "count": row["total"]}
        for row in rows
    ]


def forget(*, now: datetime) -> int:
    """Delete the rows that are older than KEPT; returns how many."""
    deleted, _ = RefusalCount.objects.filter(hour__lt=now - KEPT).delete()
    return deleted


def _write(counts: dict[Entry, int]) -> int:
    columns = [list(column) for column in zip(*counts, strict=True)]
    with connection.cursor() as cursor:
        # Ordered, so that two processes lock the same rows in the same order. An organisation that
        # is gone meanwhile takes its own counts with it and nobody else's.
        cursor.execute(
            """
            INSERT INTO gateway_refusalcount
                (organisation_id, livemode, hour, kind, policy, key_id, end_user, route, count)
            SELECT organisation_id, livemode, to_timestamp(hour * 3600),
                kind, policy, key_id, end_user, route, times
            FROM unnest(
                %s::text[], %s::boolean[], %s::bigint[],
                %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[]
            ) AS noted
                (organisation_id, livemode, hour, kind, policy, key_id, end_user, route, times)
            JOIN tenants_organisation ON tenants_organisation.id = noted.organisation_id
            ORDER BY 1, 2, 3, 4, 5, 6, 7, 8
            ON CONFLICT
                (organisation_id, livemode, hour, kind, policy, key_id, end_user, route)
            DO UPDATE SET count = gateway_refusalcount.count + excluded.count
            """,
            [*columns, list(counts.values())],
        )
        return int(cursor.rowcount)


_counts = Counts()
_flusher = Background("refusals", flush)
