"""The month's row: the counter of its users, and the fence of its close."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

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

    `known_origin` is the row that says how, if there is one yet.
    """

    id: int
    organisation_id: str
    livemode: bool
    month: date
    mau: int
    late_mau: int
    closed_at: datetime | None
    known_origin: int | None

    @property
    def late(self) -> bool:
        """Whether what is counted now comes too late for the statement."""
        return self.closed_at is not None


_LOCK = """
    SELECT id, organisation_id, livemode, month, mau, late_mau, closed_at,
        (SELECT id FROM metering_origin WHERE operation = %s AND key_id = %s AND family = %s
            AND late = (held.closed_at IS NOT NULL))
    FROM metering_usagemonth AS held
    WHERE organisation_id = %s AND livemode = %s AND month = %s
    FOR NO KEY UPDATE OF held
"""
_SHARE = """
    SELECT closed_at IS NOT NULL FROM metering_usagemonth
    WHERE organisation_id = %s AND livemode = %s AND month = %s
    FOR KEY SHARE
"""


def lock(organisation_id: str, livemode: bool, month: date, how: How) -> LockedMonth:
    """Hold the month, which is made when it is missing, until this transaction ends."""
    asked: list[Any] = [how.operation, how.key_id, how.family, organisation_id, livemode, month]
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, asked)
        row = cursor.fetchone()
        if row is None:
            ensure(organisation_id, livemode, month)
            cursor.execute(_LOCK, asked)
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
