"""Units of metered work, counted in the transaction that does it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from foundation.clock import month
from metering.models import UsageRow
from metering.services import counters, months
from metering.services.counters import Counter
from tenants.models import Organisation


def record_usage(
    *,
    organisation_id: str,
    livemode: bool,
    meter: str,
    quantity: int | Decimal,
    source: str,
    now: datetime,
    key_id: str = "",
    family: str = "",
) -> None:
    """Count `quantity` units of the meter for `source`, in the transaction that did the work.

    `source` is the id of what was done, such as a job's: it counts once under a meter, however
    often it is recorded, and the first time stands. In a month that is closed it counts as late.
    """
    told: list[Any] = [organisation_id, livemode, str(meter), quantity, source, now, key_id, family]
    with connection.cursor() as cursor:
        cursor.execute(_RECORD, told)
        [month_is_there] = cursor.fetchone()
        if not month_is_there:
            begin_usage_month(organisation_id, livemode, now)
            cursor.execute(_RECORD, told)


def begin_usage_month(organisation_id: str, livemode: bool, now: datetime) -> None:
    """Make the row of the month in which work is to be counted, unless it is there."""
    months.ensure(organisation_id, livemode, month(now))


# A function of the database, which its migration explains.
_RECORD = "SELECT metering_record(%s, %s, %s, %s, %s, %s, %s, %s)"


@dataclass(frozen=True, order=True)
class SoFar:
    """What something that still goes on has come to; `source` is its id on one UTC day.

    `at` is by our clock; it counts when the organisation's own shows that.
    """

    organisation_id: str
    livemode: bool
    meter: str
    source: str
    quantity: Decimal
    at: datetime
    key_id: str = ""
    family: str = ""


@transaction.atomic
def record_usage_so_far(told: Sequence[SoFar]) -> None:
    """Let each source's row grow to its quantity, and the counters by what it grew.

    To tell a smaller quantity, or the same again, changes nothing. Each source stands there once.
    An organisation that is gone counts none.
    """
    rows = Organisation.objects.only("pk", "clock_ahead_s")
    there = rows.in_bulk({each.organisation_id for each in told})
    told = sorted(
        replace(each, at=there[each.organisation_id].moment(each.at))
        for each in told
        if each.organisation_id in there
    )
    if not told:
        return
    late = {name: months.share(*name) for name in sorted({_month(each) for each in told})}
    before = _hold([(each, late[_month(each)]) for each in told])
    grown = [each for each in told if each.quantity > before[_name(each)]]
    moved: dict[Counter, Decimal] = defaultdict(Decimal)
    for each in grown:
        moved[_counter(each, late[_month(each)])] += each.quantity - before[_name(each)]
    _grow(grown)
    counters.move(moved)


def _month(each: SoFar) -> tuple[str, bool, date]:
    return each.organisation_id, each.livemode, month(each.at)


def _name(each: SoFar) -> tuple[str, str, str]:
    return each.organisation_id, each.source, each.meter


def _counter(each: SoFar, late: bool) -> Counter:
    day = each.at.astimezone(UTC).date()
    return Counter(
        each.organisation_id, each.livemode, day, each.meter, each.key_id, each.family, late
    )


def _hold(told: Sequence[tuple[SoFar, bool]]) -> dict[tuple[str, str, str], Decimal]:
    """Each row's quantity, made when it is missing, and held until this transaction ends."""
    rows = [
        UsageRow(
            organisation_id=each.organisation_id,
            livemode=each.livemode,
            meter=each.meter,
            source=each.source,
            quantity=Decimal(0),
            occurred_at=each.at,
            key_id=each.key_id,
            family=each.family,
            late=late,
        )
        for each, late in told
    ]
    UsageRow.objects.bulk_create(rows, ignore_conflicts=True)
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, _columns([_name(each) for each, _ in told]))
        return {(organisation, source, meter): held for organisation, source, meter, held in cursor}


def _grow(told: Sequence[SoFar]) -> None:
    if told:
        with connection.cursor() as cursor:
            cursor.execute(_GROW, _columns([(*_name(each), each.quantity) for each in told]))


def _columns(rows: Sequence[tuple[object, ...]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]


_HOLD = """
    SELECT organisation_id, source, meter, quantity FROM metering_usagerow
    WHERE (organisation_id, source, meter)
        IN (SELECT * FROM unnest(%s::text[], %s::text[], %s::text[]))
    ORDER BY organisation_id, source, meter
    FOR UPDATE
"""
_GROW = """
    UPDATE metering_usagerow AS kept SET quantity = told.quantity
    FROM unnest(%s::text[], %s::text[], %s::text[], %s::numeric[])
        AS told (organisation_id, source, meter, quantity)
    WHERE (kept.organisation_id, kept.source, kept.meter)
        = (told.organisation_id, told.source, told.meter)
"""
