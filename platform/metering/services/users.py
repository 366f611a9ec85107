"""The month's active users, and where they lead their organisation: on, or no further."""

from collections import Counter as Tally
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.db import connection, transaction

from foundation.clock import month
from metering.hashes import Former
from metering.meters import MeterName
from metering.queries.users import active_users, uncounted, without_former
from metering.services import growth, months
from metering.services.binding import Uuids, server_side
from metering.services.months import How, LockedMonth
from tenants import queries
from tenants.models import Organisation
from tenants.rules.tiers import Cap


@dataclass(frozen=True)
class Counted:
    """The month's users in time after the call, and `before` it.

    Where there would have been more than `cap` admits, nothing was counted. Late users are new, and
    no part of the total.
    """

    total: int
    new: int
    before: int = 0
    cap: Cap | None = None

    @property
    def within_cap(self) -> bool:
        """Whether they were counted."""
        return self.cap is None


@transaction.atomic
def record_active_users(
    *,
    organisation: Organisation,
    livemode: bool,
    users: Sequence[bytes],
    now: datetime,
    former: Former | None = None,
    operation: str = "",
    key_id: str = "",
    family: str = "",
) -> Counted:
    """Insert the unseen and move the counters, all of them or, beyond the organisation's cap, none.

    `now` is its own clock's. Whoever has a row under a `former` hash is counted already.

    The month's row is locked first, so concurrent calls of one organisation count one by one: the
    cap holds exactly, and so does the user who leads it to a higher tier. Users already counted
    never meet the cap. In a month that is closed they are late, and no cap is asked.
    """
    how = How(operation, key_id, family)
    held = months.lock(organisation.pk, livemode, month(now), how)
    if former:
        users = without_former(organisation.pk, livemode, held.month, users, former)
    counted = count(held, dict.fromkeys(users, now), how, now=now)
    if not counted.within_cap:
        transaction.set_rollback(True)
    return counted


def foresee_active_users(
    *,
    organisation: Organisation,
    livemode: bool,
    users: Sequence[bytes],
    now: datetime,
    former: Former | None = None,
) -> Counted:
    """What `record_active_users` would answer now; nobody is counted."""
    before = active_users(organisation, livemode=livemode, now=now)
    new = uncounted(organisation, livemode=livemode, users=users, now=now, former=former)
    cap = growth.met(queries.growing(organisation.pk, now), before, new)
    return Counted(before, 0, before, cap) if cap else Counted(before + new, new, before)


@transaction.atomic(durable=True)
def record_admitted_users(
    *,
    organisation_id: str,
    livemode: bool,
    period: date,
    users: Sequence[tuple[bytes, datetime]],
    now: datetime,
    former: Former | None = None,
    operation: str = "",
    key_id: str = "",
    family: str = "",
) -> int:
    """Count users whose calls were answered while this database was away; returns how many are new.

    Each comes with the time of its call, in the month `period` by the organisation's clock. There
    is no cap, for they were admitted, but they lead on like any others; to record them again
    changes nothing. An organisation that is gone counts none, and whoever has a row under a
    `former` hash is counted already.
    """
    organisation = Organisation.objects.filter(pk=organisation_id).first()
    if organisation is None:
        return 0
    how = How(operation, key_id, family)
    moment = organisation.moment(now)
    held = months.lock(organisation_id, livemode, period, how, moment)
    seen = earliest(users)
    if former:
        seen = {
            user: seen[user]
            for user in without_former(organisation_id, livemode, period, list(seen), former)
        }
    return count(held, seen, how, now=moment, admitted=True).new


def earliest(users: Sequence[tuple[bytes, datetime]]) -> dict[bytes, datetime]:
    """When each was first seen."""
    seen: dict[bytes, datetime] = {}
    for user, at in users:
        seen[user] = min(at, seen.get(user, at))
    return seen


def count(
    held: LockedMonth,
    seen: dict[bytes, datetime],
    how: How,
    *,
    now: datetime,
    admitted: bool = False,
) -> Counted:
    """Insert whom the month does not know, and move its counters by them.

    Everybody who is ever counted is counted here, under the lock on the month's row, and what
    follows from their number follows here (`growth`). Over the cap, which nobody meets who was
    `admitted` before, the transaction must be rolled back.
    """
    days = _insert(held, seen, months.origin(held, how))
    new = sum(days.values())
    if new:
        _move(held, days, how)
    if held.late or not new:
        return Counted(held.mau, new, held.mau)
    reach = growth.reach(held, now)
    cap = None if admitted else growth.met(reach, held.mau, new)
    if cap is not None:
        return Counted(held.mau, 0, held.mau, cap)
    growth.follow(held, reach, held.mau + new, now)
    return Counted(held.mau + new, new, held.mau)


def _insert(held: LockedMonth, seen: dict[bytes, datetime], origin: int) -> dict[date, int]:
    """How many users are new on which day."""
    users, [*times] = Uuids(sorted(seen)), {*seen.values()}
    with server_side(connection) as cursor:
        if len(times) == 1:
            cursor.execute(_INSERT_AT_ONCE, [times[0], held.id, origin, users])
            return {times[0].astimezone(UTC).date(): cursor.rowcount} if cursor.rowcount else {}
        cursor.execute(_INSERT, [held.id, origin, [seen[user] for user in users], users])
        return dict(Tally(at.astimezone(UTC).date() for [at] in cursor))


def _move(held: LockedMonth, days: dict[date, int], how: How) -> None:
    new = sum(days.values())
    with connection.cursor() as cursor:
        cursor.execute(
            _MOVE,
            {
                "month": held.id,
                "in_time": 0 if held.late else new,
                "late_users": new if held.late else 0,
                "organisation": held.organisation_id,
                "livemode": held.livemode,
                "meter": MeterName.MAU.value,
                "key": how.key_id,
                "family": how.family,
                "late": held.late,
                "days": sorted(days),
                "users": [days[day] for day in sorted(days)],
            },
        )


# In the order of the index, whose pages are then met one after the other.
_INSERT_AT_ONCE = """
    INSERT INTO metering_activeuser (first_seen_at, usage_month_id, origin_id, user_hash)
    SELECT %s::timestamptz, %s::int, %s::int, hash FROM unnest(%s) AS told (hash)
    ON CONFLICT DO NOTHING
"""
_INSERT = """
    INSERT INTO metering_activeuser (first_seen_at, usage_month_id, origin_id, user_hash)
    SELECT at, %s::int, %s::int, hash FROM unnest(%s::timestamptz[], %s) AS told (at, hash)
    ON CONFLICT DO NOTHING
    RETURNING first_seen_at
"""
_MOVE = """
    WITH month AS (
        UPDATE metering_usagemonth
        SET mau = mau + %(in_time)s, late_mau = late_mau + %(late_users)s
        WHERE id = %(month)s
    )
    INSERT INTO metering_usagecount AS kept
        (organisation_id, livemode, day, meter, key_id, family, late, quantity)
    SELECT %(organisation)s, %(livemode)s, day, %(meter)s, %(key)s, %(family)s, %(late)s, users
    FROM unnest(%(days)s::date[], %(users)s::int[]) AS told (day, users)
    ON CONFLICT (organisation_id, livemode, day, meter, key_id, family, late)
    DO UPDATE SET quantity = kept.quantity + excluded.quantity
"""
