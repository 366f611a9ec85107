"""The month's active users, under the tier's cap."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction

from foundation.clock import month
from metering.hashes import Former
from metering.meters import MeterName
from metering.queries.users import active_users, uncounted, without_former
from metering.services import months
from metering.services.months import LockedMonth
from tenants.models import Organisation


@dataclass(frozen=True)
class Counted:
    """The month's users in time after the call, and `before` it.

    When the cap was met, nothing was counted. Late users are new, and no part of the total.
    """

    total: int
    new: int
    within_cap: bool
    before: int = 0


@dataclass(frozen=True)
class How:
    """How users came to be counted; empty where nobody knows."""

    operation: str = ""
    key_id: str = ""
    family: str = ""


@transaction.atomic
def record_active_users(
    *,
    organisation: Organisation,
    livemode: bool,
    users: Sequence[bytes],
    cap: int | None,
    now: datetime,
    former: Former | None = None,
    operation: str = "",
    key_id: str = "",
    family: str = "",
) -> Counted:
    """Insert the unseen and move the counters, all or nothing under `cap` (None: no cap).

    Whoever has a row under a `former` hash is counted already.

    The month's row is locked first, so concurrent calls of one organisation count one by one and
    the cap holds exactly; users already counted never meet it. In a month that is closed they are
    late, and no cap is asked.
    """
    held = months.lock(organisation.pk, livemode, month(now))
    if former:
        users = without_former(organisation.pk, livemode, held.month, users, former)
    counted = count(held, dict.fromkeys(users, now), How(operation, key_id, family), cap)
    if not counted.within_cap:
        transaction.set_rollback(True)
    return counted


def foresee_active_users(
    *,
    organisation: Organisation,
    livemode: bool,
    users: Sequence[bytes],
    cap: int | None,
    now: datetime,
    former: Former | None = None,
) -> Counted:
    """What `record_active_users` would answer now; nobody is counted."""
    before = active_users(organisation, livemode=livemode, now=now)
    new = uncounted(organisation, livemode=livemode, users=users, now=now, former=former)
    return _under_cap(before, new, cap)


@transaction.atomic(durable=True)
def record_admitted_users(
    *,
    organisation_id: str,
    livemode: bool,
    period: date,
    users: Sequence[tuple[bytes, datetime]],
    former: Former | None = None,
    operation: str = "",
    key_id: str = "",
    family: str = "",
) -> int:
    """Count users whose calls were answered while this database was away; returns how many are new.

    Each comes with the time of its call, in the month `period`. There is no cap, for they were
    admitted; to record them again changes nothing. An organisation that is gone counts none, and
    whoever has a row under a `former` hash is counted already.
    """
    if not Organisation.objects.filter(pk=organisation_id).exists():
        return 0
    held = months.lock(organisation_id, livemode, period)
    seen = earliest(users)
    if former:
        seen = {
            user: seen[user]
            for user in without_former(organisation_id, livemode, period, list(seen), former)
        }
    return count(held, seen, How(operation, key_id, family), cap=None).new


def earliest(users: Sequence[tuple[bytes, datetime]]) -> dict[bytes, datetime]:
    """When each was first seen."""
    seen: dict[bytes, datetime] = {}
    for user, at in users:
        seen[user] = min(at, seen.get(user, at))
    return seen


def count(held: LockedMonth, seen: dict[bytes, datetime], how: How, cap: int | None) -> Counted:
    """Insert whom the month does not know, and move its counters by them.

    Everybody who is ever counted is counted here, under the lock on the month's row: what shall
    happen at a certain count is decided by this answer, in this transaction. Over the cap the
    transaction must be rolled back.
    """
    origin = months.origin(how.operation, how.key_id, how.family, late=held.late)
    times = set(seen.values())
    with connection.cursor() as cursor:
        at = times.pop() if len(times) == 1 else None
        cursor.execute(
            _COUNT.format(users=_AT_ONCE if at else _ONE_BY_ONE, counter=_counter(held)),
            {
                "month": held.id,
                "origin": origin,
                "users": _array(seen),
                "at": at or list(seen.values()),
                "organisation": held.organisation_id,
                "livemode": held.livemode,
                "meter": MeterName.MAU.value,
                "key": how.key_id,
                "family": how.family,
                "late": held.late,
            },
        )
        [new] = cursor.fetchone()
    if held.late:
        return Counted(held.mau, new, within_cap=True, before=held.mau)
    return _under_cap(held.mau, new, cap)


def _under_cap(before: int, new: int, cap: int | None) -> Counted:
    """All new users or none; who is counted already meets no cap."""
    if cap is not None and new and before + new > cap:
        return Counted(before, 0, within_cap=False, before=before)
    return Counted(before + new, new, within_cap=True, before=before)


def _counter(held: LockedMonth) -> str:
    return "late_mau" if held.late else "mau"


def _array(users: dict[bytes, datetime]) -> str:
    # Ten times faster than to make a UUID of each.
    return "{" + ",".join(map(bytes.hex, users)) + "}"


_AT_ONCE = "SELECT %(at)s::timestamptz AS at, told.* FROM unnest(%(users)s::uuid[]) AS told (hash)"
_ONE_BY_ONE = """
    SELECT told.* FROM unnest(%(at)s::timestamptz[], %(users)s::uuid[]) AS told (at, hash)
"""
# Everything that is counted moves in the statement that inserts what it counts.
_COUNT = """
    WITH seen AS ({users}),
    new AS (
        INSERT INTO metering_activeuser (first_seen_at, usage_month_id, origin_id, user_hash)
        SELECT at, %(month)s, %(origin)s, hash FROM seen ORDER BY hash
        ON CONFLICT DO NOTHING
        RETURNING first_seen_at
    ),
    days AS (
        SELECT (first_seen_at AT TIME ZONE 'UTC')::date AS day, count(*) AS users
        FROM new GROUP BY 1
    ),
    month AS (
        UPDATE metering_usagemonth SET {counter} = {counter} + (SELECT sum(users) FROM days)
        WHERE id = %(month)s AND EXISTS (SELECT FROM days)
    ),
    counters AS (
        INSERT INTO metering_usagecount AS kept
            (organisation_id, livemode, day, meter, key_id, family, late, quantity)
        SELECT %(organisation)s, %(livemode)s, day, %(meter)s, %(key)s, %(family)s, %(late)s, users
        FROM days ORDER BY day
        ON CONFLICT (organisation_id, livemode, day, meter, key_id, family, late)
        DO UPDATE SET quantity = kept.quantity + excluded.quantity
    )
    SELECT coalesce(sum(users), 0)::int FROM days
"""
