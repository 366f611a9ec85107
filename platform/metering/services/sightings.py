"""Users whose events come in any order: the earliest of a month is the one that tells of a user."""

from collections import Counter as Tally
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from metering.hashes import former_hashes, hash_users
from metering.meters import MeterName
from metering.models import ActiveUser
from metering.queries.users import without_former
from metering.services import counters, growth, months
from metering.services.counters import Counter
from metering.services.months import How, LockedMonth
from metering.services.users import count


class Sighting(NamedTuple):
    """A user's name, in its one spelling, and when the user was active."""

    user: str
    time: datetime


@dataclass(frozen=True)
class _Row:
    """How a user is counted by now."""

    first_seen_at: datetime
    key_id: str
    family: str
    late: bool


def record(
    *,
    organisation_id: str,
    livemode: bool,
    period: date,
    seen: Sequence[Sighting],
    how: How,
    now: datetime,
) -> set[str]:
    """Count who is new in the month `period`, and set back who was active before it was known.

    Returns the new users for whom there is no room under the cap, the last told; the others are
    counted. Once a
    month is closed, whom it has counted in time stays as it was closed.
    """
    held = months.lock(organisation_id, livemode, period, how, now)
    first = _earliest(seen)
    users = list(first)
    hashed = hash_users(organisation_id, users, livemode=livemode, now=_in(period))
    hashes = dict(zip(hashed, users, strict=True))
    rows = _rows(held, list(hashes))
    former = former_hashes(organisation_id, users, livemode=livemode, now=_in(period))
    unknown = [user for user in hashes if user not in rows]
    if former:
        unknown = without_former(organisation_id, livemode, period, unknown, former)
    room = growth.room(held, len(unknown), now) if unknown else 0
    new = {each: first[hashes[each]] for each in unknown[:room]}
    if new:
        count(held, new, how, now=now, admitted=True)
    earlier = {
        each: first[hashes[each]]
        for each, row in rows.items()
        if row.late == held.late and first[hashes[each]] < row.first_seen_at
    }
    if earlier:
        _set_back(held, rows, earlier, how)
    return {hashes[each] for each in unknown[room:]}


def _in(period: date) -> datetime:
    """A moment of the month: hashes are of a month."""
    return datetime.combine(period, datetime.min.time(), UTC)


def _earliest(seen: Sequence[Sighting]) -> dict[str, datetime]:
    first: dict[str, datetime] = {}
    for user, time in seen:
        first[user] = min(time, first.get(user, time))
    return first


def _rows(held: LockedMonth, users: Sequence[bytes]) -> dict[bytes, _Row]:
    rows = ActiveUser.objects.filter(
        usage_month=held.id, user_hash__in=[UUID(bytes=user) for user in users]
    ).values_list(
        "user_hash", "first_seen_at", "origin__key_id", "origin__family", "origin__late"
    )  # fmt: skip
    return {user.bytes: _Row(at, key_id, family, late) for user, at, key_id, family, late in rows}


def _set_back(
    held: LockedMonth, rows: dict[bytes, _Row], earlier: dict[bytes, datetime], how: How
) -> None:
    """The earlier event is the one that counts: its day, its key, its operation."""
    origin = months.origin(held, how)
    moved: Tally[Counter] = Tally()
    for user, time in earlier.items():
        row = rows[user]
        moved[_counter(held, row.first_seen_at, row.key_id, row.family)] -= 1
        moved[_counter(held, time, how.key_id, how.family)] += 1
    with connection.cursor() as cursor:
        told: list[Any] = [held.id, list(map(bytes.hex, earlier)), list(earlier.values())]
        cursor.execute(_SET_BACK, [origin, *told])
    counters.move({name: Decimal(by) for name, by in moved.items() if by})


def _counter(held: LockedMonth, time: datetime, key_id: str, family: str) -> Counter:
    day = time.astimezone(UTC).date()
    return Counter(
        held.organisation_id, held.livemode, day, MeterName.MAU, key_id, family, held.late
    )


_SET_BACK = """
    UPDATE metering_activeuser AS row SET first_seen_at = told.at, origin_id = %s
    FROM (SELECT %s::int AS month, each.*
        FROM unnest(%s::uuid[], %s::timestamptz[]) AS each (hash, at)) AS told
    WHERE row.usage_month_id = told.month AND row.user_hash = told.hash
"""
