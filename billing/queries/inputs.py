"""All that a month's statement is made of, read for many organisations at once.

The close and the preview read the same: that is why they say the same.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

from django.db import connection

from billing.queries.credits import available
from billing.queries.floors import chosen_floors, tier_bounds, tier_of
from billing.queries.late import due_corrections, service_credits
from billing.queries.prices import agreements
from billing.rules.agreements import Agreement, Piece
from billing.rules.floors import Bounds, with_floor
from billing.rules.months import AvailableCredit, MonthInputs
from billing.rules.rating import Segment
from billing.rules.statements.canonical import NO_HASH
from billing.rules.statements.contents import MonthFacts
from billing.rules.statements.late import month_end
from metering.models import Meter
from metering.queries import month_quantities
from tenants.models import Organisation

ZERO: Final = Decimal(0)
# (organisation, meter) to its quantity of each day
Days = Mapping[tuple[str, str], Sequence[tuple[date, Decimal]]]


def month_inputs(
    organisation: Organisation, *, livemode: bool, month: date, now: datetime
) -> MonthFacts:
    """The month of one organisation, as it stands at `now`."""
    return months_inputs([organisation], livemode=livemode, month=month, now=now)[organisation.pk]


def months_inputs(
    organisations: Collection[Organisation], *, livemode: bool, month: date, now: datetime
) -> dict[str, MonthFacts]:
    """The UTC month that begins on the day `month`, for each of the organisations.

    A number of queries that does not grow with theirs. It is final for who holds the months' rows
    FOR UPDATE, the organisations' FOR SHARE and the credits' FOR UPDATE.
    """
    ids = [organisation.pk for organisation in organisations]
    start, end = _bounds(month)
    quantities = month_quantities(ids, livemode=livemode, month=month)
    agreed = agreements(ids, month)
    days = _days(agreed, livemode, month)
    meters = list(Meter.objects.all())
    largest = {each.pk for each in meters if each.aggregation == Meter.Aggregation.MAX}
    units = {each.pk: each.unit for each in meters}
    adjustments = service_credits(ids, livemode=livemode, month=month)
    credit = available(ids, month)
    due = due_corrections(
        ids,
        livemode=livemode,
        month=month,
        currencies={pk: each.currency for pk, each in agreed.items()},
        now=now,
    )
    tiers = tier_bounds(start)
    floors = chosen_floors(ids, start, end, tiers)
    previous = previous_hashes(ids, livemode)
    found = {}
    for organisation in organisations:
        pk = organisation.pk
        used = quantities[pk].in_time
        chosen = floors.get(pk, ())
        settled = tuple(due.made.get(pk, ()))
        inputs = MonthInputs(
            segments=_segments(pk, agreed[pk], used, days, largest),
            adjustments=tuple(adjustments.get(pk, ())),
            minimum_commitment_minor=agreed[pk].minimum_commitment_minor,
            credits=_in_order(credit.get(pk, ()), agreed[pk].currency),
            corrections=tuple(each.as_input for each in settled),
        )
        found[pk] = MonthFacts(
            organisation_id=pk,
            organisation_name=organisation.name,
            livemode=livemode,
            month=month,
            tier=_tier(int(used.get("mau", ZERO)), chosen, tiers),
            inputs=with_floor(inputs, chosen),
            chosen=chosen,
            used=used,
            late=quantities[pk].late,
            units=units,
            previous_hash=previous.get(pk, NO_HASH),
            corrections=settled,
            problem=due.problems.get(pk, ""),
        )
    return found


def previous_hashes(organisation_ids: Collection[str], livemode: bool) -> dict[str, str]:
    """The hash of each organisation's latest statement, in the order in which they were made."""
    with connection.cursor() as cursor:
        cursor.execute(_PREVIOUS, [list(organisation_ids), livemode])
        return dict(cursor.fetchall())


# A statement's own place in the chain is the order of closing; months are closed in their order.
_PREVIOUS: Final = """
    SELECT wanted.id, latest.content_hash
    FROM unnest(%s::text[]) AS wanted (id)
    CROSS JOIN LATERAL
        (SELECT content_hash FROM billing_statement
            WHERE organisation_id = wanted.id AND livemode = %s
            ORDER BY closed_at DESC, month DESC LIMIT 1) AS latest
"""


def _bounds(month: date) -> tuple[datetime, datetime]:
    end = month_end(month)
    return datetime(month.year, month.month, 1, tzinfo=UTC), datetime(
        end.year, end.month, 1, tzinfo=UTC
    )


def _tier(users: int, chosen: Sequence[Bounds], tiers: Sequence[Bounds]) -> str:
    greatest = max(chosen, key=lambda each: each.first, default=None)
    return greatest.tier if greatest and greatest.first > users else tier_of(users, tiers)


def _in_order(
    credit: Collection[tuple[str, AvailableCredit]], currency: str
) -> tuple[AvailableCredit, ...]:
    """In the order in which they are used: the one that expires first is first."""
    never = datetime.max.replace(tzinfo=UTC)
    own = (each for code, each in credit if code == currency)
    return tuple(sorted(own, key=lambda each: (each.expires_at or never, each.id)))


def _days(agreed: Mapping[str, Agreement], livemode: bool, month: date) -> Days:
    """Quantities by day, of the organisations whose prices change inside the month."""
    split = [pk for pk, each in agreed.items() if len(each.pieces) > 1]
    found: dict[tuple[str, str], list[tuple[date, Decimal]]] = defaultdict(list)
    if split:
        with connection.cursor() as cursor:
            cursor.execute(_BY_DAY, [split, livemode, month, month_end(month)])
            for organisation, meter, day, quantity in cursor.fetchall():
                found[organisation, meter].append((day, quantity))
    return found


_BY_DAY: Final = """
    SELECT count.organisation_id, count.meter, count.day,
        CASE WHEN meter.aggregation = 'max' THEN max(count.quantity) ELSE sum(count.quantity) END
    FROM metering_usagecount AS count LEFT JOIN metering_meter AS meter ON meter.name = count.meter
    WHERE count.organisation_id = ANY(%s) AND count.livemode = %s
        AND count.day >= %s AND count.day < %s AND NOT count.late
    GROUP BY count.organisation_id, count.meter, count.day, meter.aggregation
    ORDER BY count.organisation_id, count.meter, count.day
"""


def _segments(
    organisation_id: str,
    agreed: Agreement,
    used: Mapping[str, Decimal],
    days: Days,
    largest: Collection[str],
) -> tuple[Segment, ...]:
    if len(agreed.pieces) == 1:
        return (_segment(agreed.pieces[0], dict(used)),)
    return tuple(
        _segment(
            piece,
            {
                meter: _part(days.get((organisation_id, meter), ()), piece, meter in largest)
                for meter in used
            },
        )
        for piece in agreed.pieces
    )


def _segment(piece: Piece, quantities: dict[str, Decimal]) -> Segment:
    return Segment(
        piece.start, piece.end, piece.terms, quantities, piece.contract, piece.discount_percent
    )


def _part(days: Sequence[tuple[date, Decimal]], piece: Piece, largest: bool) -> Decimal:
    """What fell into the piece's days; a month's largest quantity belongs to its first day."""
    if largest:
        day, most = max(days, key=lambda each: each[1])
        return most if piece.start <= day < piece.end else ZERO
    return sum((many for day, many in days if piece.start <= day < piece.end), ZERO)
