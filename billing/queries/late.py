"""What arrived for months that are closed, and what it changes of their statements."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from django.conf import settings
from django.db import connection

from billing.models import Correction, Statement
from billing.queries.prices import agreements
from billing.rules.contents import from_content
from billing.rules.months import MonthInputs, ServiceCredit
from billing.rules.rounding import plain
from billing.rules.statements.checks import UNREADABLE
from billing.rules.statements.contents import Correcting, MadeCorrection, billed_inputs, made
from billing.rules.statements.late import (
    LateUsage,
    Reckoned,
    charges,
    late_totals,
    left_out,
    reckon,
    waiver,
    with_late,
    without_waived,
)
from foundation import base62
from foundation.ids import LENGTH
from metering.models import Adjustment, UsageCount
from metering.queries.usage import largest_stands

Closed = tuple[str, date]  # an organisation and a month of it


@dataclass
class Arrived:
    """What a closed month has by now beside what its statement says."""

    late: list[LateUsage] = field(default_factory=list)
    adjustments: list[ServiceCredit] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Due:
    """Corrections by organisation, oldest first, and why those of some cannot be reckoned."""

    made: dict[str, list[MadeCorrection]] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settling:
    """The statement that would settle a correction: its month and its currency."""

    month: date
    currency: str


def due_corrections(
    organisation_ids: Collection[str],
    *,
    livemode: bool,
    month: date,
    currencies: Mapping[str, str],
    now: datetime,
) -> Due:
    """The corrections that the statement of `month` would settle.

    `currencies` says, by organisation, which one that statement has. A month that was
    corrected is not again until more arrives, or what has arrived moves to days of other prices.
    """
    largest = largest_stands()
    arrived = _arrived(organisation_ids, livemode, month, largest)
    if not arrived:
        return Due()
    due = Due()
    for statement in _statements(arrived, livemode):
        settling = Settling(month, currencies[statement.organisation_id])
        late = arrived[statement.organisation_id, statement.month]
        try:
            correcting = _correcting(statement, late, settling, largest)
        except UNREADABLE as error:  # one must not keep all others from their close
            said = (
                f"{statement.number}, for which usage came late, cannot be reckoned anew: {error}"
            )
            due.problems.setdefault(statement.organisation_id, said)
            continue
        if correcting is not None:
            made_id = correction_id(statement.pk, correcting.ordinal)
            one = made(correcting, correction_id=made_id, made_at=now)
            due.made.setdefault(statement.organisation_id, []).append(one)
    return due


def correction_id(statement_id: str, ordinal: int) -> str:
    """Of the statement and the number alone: it cannot be made twice."""
    told = hashlib.sha256(f"{statement_id} {ordinal}".encode()).digest()
    return f"cor_{base62.encode(int.from_bytes(told[:16], 'big'), LENGTH)}"


def service_credits(
    organisation_ids: Collection[str], *, livemode: bool, month: date
) -> dict[str, list[ServiceCredit]]:
    """What the month's adjustments give back, by organisation, in one order for ever."""
    rows = Adjustment.objects.filter(
        organisation__in=organisation_ids, livemode=livemode, month=month
    ).order_by("pk")
    found: dict[str, list[ServiceCredit]] = defaultdict(list)
    for row in rows:
        found[row.organisation_id].append(_service_credit(row))
    return found


def uncorrected(*, month: date, now: datetime) -> list[str]:
    """Real organisations whose earlier months a statement of `month` would correct, or cannot."""
    with connection.cursor() as cursor:
        cursor.execute(_WHO, {"month": month, "since": _since(month)})
        ids = [row[0] for row in cursor.fetchall()]
    found: list[str] = []
    for start in range(0, len(ids), _MOST):
        part = ids[start : start + _MOST]
        currencies = {pk: each.currency for pk, each in agreements(part, month).items()}
        due = due_corrections(part, livemode=True, month=month, currencies=currencies, now=now)
        found += {*due.made, *due.problems}
    return found


def late_organisations(
    organisation_ids: Collection[str], *, livemode: bool, month: date
) -> set[str]:
    """Who of them has late usage, or service credits, of a month before."""
    mine = {"organisation__in": organisation_ids, "livemode": livemode}
    days = {"day__gte": _since(month), "day__lt": month}
    late = UsageCount.objects.filter(late=True, **mine, **days)
    told = Adjustment.objects.filter(month__gte=_since(month), month__lt=month, **mine)
    return {pk for rows in (late, told) for pk in rows.values_list("organisation_id", flat=True)}


def _since(month: date) -> date:
    """Usage of a day before is older than any that is still taken, and was looked at long ago."""
    return month.replace(year=month.year - 2)


_MOST: Final = 500
_WHO: Final = """
    SELECT late.organisation_id FROM (
        SELECT organisation_id FROM metering_usagecount
        WHERE late AND livemode AND day >= %(since)s AND day < %(month)s
        UNION
        SELECT organisation_id FROM metering_adjustment
        WHERE livemode AND month >= %(since)s AND month < %(month)s
    ) AS late
    JOIN tenants_organisation AS organisation ON organisation.id = late.organisation_id
    WHERE organisation.sandbox_of_id IS NULL
    ORDER BY late.organisation_id
"""
_LATE: Final = """
    SELECT organisation_id, day, meter, sum(quantity), max(quantity) FROM metering_usagecount
    WHERE organisation_id = ANY(%s) AND livemode = %s AND day >= %s AND day < %s AND late
    GROUP BY organisation_id, day, meter ORDER BY organisation_id, day, meter
"""


def _arrived(
    organisation_ids: Collection[str], livemode: bool, month: date, largest: Collection[str]
) -> Mapping[Closed, Arrived]:
    found: dict[Closed, Arrived] = defaultdict(Arrived)
    with connection.cursor() as cursor:
        cursor.execute(_LATE, [list(organisation_ids), livemode, _since(month), month])
        for organisation, day, meter, added, most in cursor.fetchall():
            quantity = most if meter in largest else added
            found[organisation, day.replace(day=1)].late.append(LateUsage(day, meter, quantity))
    rows = Adjustment.objects.filter(
        organisation__in=organisation_ids,
        livemode=livemode,
        month__gte=_since(month),
        month__lt=month,
    ).order_by("pk")
    for row in rows:
        found[row.organisation_id, row.month].adjustments.append(_service_credit(row))
    return found


def _service_credit(row: Adjustment) -> ServiceCredit:
    return ServiceCredit(row.percent, row.reason, row.source)


def _statements(arrived: Collection[Closed], livemode: bool) -> Sequence[Statement]:
    """The statements of these months, with their corrections."""
    rows = (
        Statement.objects.filter(
            organisation__in={organisation for organisation, _ in arrived},
            month__in={month for _, month in arrived},
            livemode=livemode,
        )
        .order_by("organisation", "month")
        .prefetch_related("corrections")
    )
    return [row for row in rows if (row.organisation_id, row.month) in arrived]


def _correcting(
    statement: Statement, arrived: Arrived, settling: Settling, largest: Collection[str]
) -> Correcting | None:
    content = json.loads(statement.content)
    earlier = sorted(statement.corrections.all(), key=lambda each: each.number)
    first = from_content(content)
    late = late_totals(arrived.late, largest)
    complete = billed_inputs(with_late(first, arrived.late, arrived.adjustments, largest))
    billed = _billed(first, earlier)
    before = charges(first) + sum(each.amount_minor for each in earlier if not each.waived)
    why = waiver(
        of_month=statement.month,
        month=settling.month,
        days=settings.CORRECTION_DAYS,
        of_currency=statement.currency,
        currency=settling.currency,
    )
    found = reckon(complete, billed, before_minor=before, waiver=why)
    if _is_known(found, complete, billed, _told(late), earlier, billed_inputs(first)):
        return None
    return Correcting(
        statement_id=statement.pk,
        statement_number=statement.number,
        statement_hash=statement.content_hash,
        livemode=statement.livemode,
        month=statement.month,
        ordinal=len(earlier) + 1,
        inputs=found.inputs,
        late=_late_billed(earlier) if found.left_out else late,
        before_minor=before,
        after_minor=found.after_minor,
        waiver=found.waiver,
        left_out=found.left_out,
    )


def _is_known(
    found: Reckoned,
    complete: MonthInputs,
    billed: MonthInputs,
    late: Mapping[str, str],
    earlier: Sequence[Correction],
    first: MonthInputs,
) -> bool:
    """Whether the last correction, or the statement, has told this already."""
    if not earlier:
        return not late and found.inputs == first
    last = json.loads(earlier[-1].content)
    known = billed_inputs(from_content(last["inputs"]))
    if last.get("left_out"):  # for a service credit's sake; it is waived, and not told once more
        same = last["left_out"] == _told(left_out(complete, known))
        return same and found.waiver is not None and known == without_waived(complete, billed)
    # Quantities by meter alone do not tell: a late user may move to days of other prices.
    return bool(last["late"] == late and known == found.inputs)


def _last_billed(earlier: Sequence[Correction]) -> Correction | None:
    """A waived correction never was billed."""
    return next((each for each in reversed(earlier) if not each.waived), None)


def _billed(first: MonthInputs, earlier: Sequence[Correction]) -> MonthInputs:
    """By what the month was last billed."""
    last = _last_billed(earlier)
    return billed_inputs(from_content(json.loads(last.content)["inputs"]) if last else first)


def _late_billed(earlier: Sequence[Correction]) -> dict[str, Decimal]:
    """The late usage by which the month was last billed."""
    last = _last_billed(earlier)
    told = json.loads(last.content)["late"] if last else {}
    return {meter: Decimal(quantity) for meter, quantity in told.items()}


def _told(late: Mapping[str, Decimal]) -> dict[str, str]:
    return {meter: plain(quantity) for meter, quantity in late.items()}
