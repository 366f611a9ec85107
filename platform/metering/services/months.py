"""The month's row: the counter of its users, and the fence of its close."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from foundation.clock import next_month
from metering.models import Origin, UsageMonth


@dataclass(frozen=True)
class How:
    """How users came to be counted; empty where nobody knows."""

    operation: str = ""
    key_id: str = ""
    family: str = ""


@dataclass(frozen=True)
class LockedMonth:
    """A month as it stands while this transaction holds it: nobody else counts users in it.

    `late` is that what is counted now comes too late for the statement; `known_origin` the row that
    says how, if there is one yet.
    """

    id: int
    organisation_id: str
    livemode: bool
    month: date
    mau: int
    late_mau: int
    late: bool
    known_origin: int | None


_LOCK = """
    SELECT id, organisation_id, livemode, month, mau, late_mau,
        closed_at IS NOT NULL OR opened_late,
        (SELECT id FROM metering_origin WHERE operation = %s AND key_id = %s AND family = %s
            AND late = (held.closed_at IS NOT NULL OR held.opened_late))
    FROM metering_usagemonth AS held
    WHERE organisation_id = %s AND livemode = %s AND month = %s
    FOR NO KEY UPDATE OF held
"""
_SHARE = """
    SELECT closed_at IS NOT NULL OR opened_late FROM metering_usagemonth
    WHERE organisation_id = %s AND livemode = %s AND month = %s
    FOR KEY SHARE
"""


def lock(
    organisation_id: str, livemode: bool, month: date, how: How, now: datetime | None = None
) -> LockedMonth:
    """Hold the month, which is made when it is missing, until this transaction ends.

    `now` where that may be long after the month.
    """
    asked: list[Any] = [how.operation, how.key_id, how.family, organisation_id, livemode, month]
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, asked)
        row = cursor.fetchone()
        if row is None:
            ensure(organisation_id, livemode, month, now)
            cursor.execute(_LOCK, asked)
            row = cursor.fetchone()
    return LockedMonth(*row)


def share(organisation_id: str, livemode: bool, month: date, now: datetime | None = None) -> bool:
    """Hold off the month's close until this transaction ends; whether what comes now is late.

    `now` where that may be long after the month.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SHARE, [organisation_id, livemode, month])
        row = cursor.fetchone()
        if row is None:
            ensure(organisation_id, livemode, month, now)
            cursor.execute(_SHARE, [organisation_id, livemode, month])
            row = cursor.fetchone()
    return bool(row[0])


def ensure(organisation_id: str, livemode: bool, month: date, now: datetime | None = None) -> None:
    """Make the month's row unless it is there."""
    late = now is not None and now >= closes_at(month)
    row = UsageMonth(
        organisation_id=organisation_id, livemode=livemode, month=month, opened_late=late
    )
    UsageMonth.objects.bulk_create([row], ignore_conflicts=True)


def closes_at(month: date) -> datetime:
    """From when on the month may be closed: its end, and the hours in which late usage is taken."""
    first = datetime.combine(month, datetime.min.time(), UTC)
    return next_month(first) + timedelta(hours=settings.MONTH_CLOSE_HOURS)


def origin(held: LockedMonth, how: How) -> int:
    """The row that says how, made when it is missing."""
    if held.known_origin is not None:
        return held.known_origin
    named = {
        "key_id": how.key_id,
        "operation": how.operation,
        "family": how.family,
        "late": held.late,
    }
    Origin.objects.bulk_create([Origin(**named)], ignore_conflicts=True)
    return Origin.objects.values_list("pk", flat=True).get(**named)
