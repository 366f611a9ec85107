"""An open month's invoice as it stands, and as it will stand at its pace.

It is composed of the same inputs as the month's statement: if nothing more is counted, they agree.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from billing.models import Statement
from billing.queries.inputs import month_inputs
from billing.refusals import MonthClosed
from billing.rules.currencies import Currency
from billing.rules.floors import Bounds, with_floor
from billing.rules.lines import Line
from billing.rules.months import MonthInputs, compose
from billing.rules.pace import projected
from billing.rules.rating import BANDED_BY_TIER, Segment
from billing.rules.statements.contents import month_name
from foundation import clock
from foundation.errors import Invalid
from tenants.models import Organisation, TierVersion

SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Preview:
    """Totals are whole minor units of the currency; the period ends before `period_end`.

    `billable`: its mode makes statements, which test keys do for a sandbox alone.
    """

    tier: str
    livemode: bool
    billable: bool
    currency: Currency
    period_start: datetime
    period_end: datetime
    lines: tuple[Line, ...]
    total_minor: int
    projected_mau: int
    projected_total_minor: int


def preview(
    organisation: Organisation,
    *,
    livemode: bool,
    now: datetime,
    month: date | None = None,
    tier: TierVersion | None = None,
) -> Preview:
    """The usage of the UTC month that begins on the day `month`, by default that of `now`.

    With `tier`, as if that had been chosen in it too. Raises MonthClosed, and Invalid for a month
    that has not begun, or that was over before the organisation was there.
    """
    start, end = clock.billing_period(now)
    if month is not None and month != start.date():
        _require_open(organisation, livemode=livemode, month=month, now=now)
        start, end = clock.billing_period(datetime.combine(month, time(), UTC))
    facts = month_inputs(organisation, livemode=livemode, month=start.date(), now=now)
    name, chosen = facts.tier, facts.chosen
    if tier is not None:
        name = tier.tier_id
        chosen = (*chosen, Bounds(name, tier.mau_from))
    inputs = with_floor(facts.inputs, chosen)
    composed = compose(inputs)
    at_end = _at_this_pace(inputs, start, end, now) if now < end else inputs
    later = with_floor(at_end, chosen)
    return Preview(
        tier=name,
        livemode=livemode,
        billable=livemode == organisation.billed_mode,
        currency=inputs.currency,
        period_start=start,
        period_end=end,
        lines=composed.lines,
        total_minor=composed.total_minor,
        projected_mau=sum(int(each.quantity(BANDED_BY_TIER)) for each in later.segments),
        projected_total_minor=compose(later).total_minor,
    )


def _require_open(
    organisation: Organisation, *, livemode: bool, month: date, now: datetime
) -> None:
    first, last = clock.month(organisation.created_at), clock.month(now)
    if not first <= month <= last:
        said = f"A month from {month_name(first)}, when the organisation began, to this one."
        raise Invalid.field("/month", "out-of-range", said)
    closed = Statement.objects.filter(organisation=organisation, livemode=livemode, month=month)
    statement = closed.values_list("pk", flat=True).first()
    if statement is not None:
        name = month_name(month)
        raise MonthClosed(
            f"{name} is closed: its bill is the statement {statement}.",
            month=name,
            statement=statement,
        )


def _at_this_pace(
    inputs: MonthInputs, start: datetime, end: datetime, now: datetime
) -> MonthInputs:
    """The month at its end; what is still to come falls into the days of today's prices."""
    elapsed_s, period_s = (now - start) // SECOND, (end - start) // SECOND
    today = next(i for i, each in enumerate(inputs.segments) if now.date() < each.end)
    so_far = _sums(inputs.segments)
    more = {
        meter: projected(many, elapsed_s=elapsed_s, period_s=period_s) - many
        for meter, many in so_far.items()
    }
    segments = list(inputs.segments)
    segments[today] = _with_more(segments[today], more)
    return replace(inputs, segments=segments)


def _sums(segments: Sequence[Segment]) -> dict[str, Decimal]:
    meters = dict.fromkeys(meter for each in segments for meter in each.quantities)
    return {meter: sum((s.quantity(meter) for s in segments), Decimal(0)) for meter in meters}


def _with_more(segment: Segment, more: Mapping[str, Decimal]) -> Segment:
    quantities = {meter: segment.quantity(meter) + many for meter, many in more.items()}
    return replace(segment, quantities=quantities)
