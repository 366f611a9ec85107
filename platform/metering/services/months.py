"""The month's row: the counter of its users, and the fence of its close."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from metering.models import Origin, UsageMonth


@dataclass(frozen=True)
class LockedMonth:
    """A month as it stands while this transaction holds it: nobody else counts users in it."""

    id: int
    organisation_id: str
    livemode: bool
    month: date
    mau: int
    late_mau: int
    closed_at: datetime | None

    @property
    def late(self) -> bool:
        """Whether what is counted now comes too late for the statement."""
        return self.closed_at is not None


_LOCK = """
    SELECT id, organisation_id, livemode, month, mau, late_mau, closed_at
    FROM metering_usagemonth
    WHERE organisation_id = %s AND livemode = %s AND month = %s
    FOR NO KEY UPDATE
"""
_SHARE = """
    SELECT closed_at IS NOT NULL FROM metering_usagemonth
    WHERE organisation_id = %s AND livemode = %s AND month = %s
    FOR KEY SHARE
"""


def lock(organisation_id: str, livemode: bool, month: date) -> LockedMonth:
    """Hold the month, which is made when it is missing, until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [organisation_id, livemode, month])
        row = cursor.fetchone()
        if row is None:
            ensure(organisation_id, livemode, month)
            cursor.execute(_LOCK, [organisation_id, livemode, month])
            row = cursor.fetchone()
    return LockedMonth(*row)


def share(organisation_id: str, livemode: bool, month: date) -> bool:
    """Hold off the month's close until this transaction ends; whether it has come before."""
    with connection.cursor() as cursor:
        cursor.execute(_SHARE, [organisation_id, livemode, month])
        row = cursor.fetchone()
        if row is None:
            ensure(organisation_id, livemode, month)
            cursor.execute(_SHARE, [organisation_id, livemode, month])
            row = cursor.fetchone()
    return bool(row[0])


def ensure(organisation_id: str, livemode: bool, month: date) -> None:
    """Make the month's row unless it is there."""
    row = UsageMonth(organisation_id=organisation_id, livemode=livemode, month=month)
    UsageMonth.objects.bulk_create([row], ignore_conflicts=True)


def origin(operation: str, key_id: str, family: str, *, late: bool) -> int:
    """The row that says so, made when it is missing."""
    named = {"key_id": key_id, "operation": operation, "family": family, "late": late}
    rows = Origin.objects.filter(**named).values_list("pk", flat=True)
    found = rows.first()
    if found is None:
        Origin.objects.bulk_create([Origin(**named)], ignore_conflicts=True)
        found = rows.get()
    return found
