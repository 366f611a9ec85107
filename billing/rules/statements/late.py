"""What arrived after a month was closed: how it changes the month, and who pays for it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from billing.rules.months import MonthInputs, ServiceCredit, compose
from billing.rules.rating import Segment
from billing.rules.statements.contents import Waiver, billed_inputs

ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class LateUsage:
    """A meter's late quantity of one UTC day."""

    day: date
    meter: str
    quantity: Decimal


def late_totals(late: Sequence[LateUsage], largest: Collection[str] = ()) -> dict[str, Decimal]:
    """The quantity of each meter; of those in `largest` the largest stands."""
    found: dict[str, Decimal] = {}
    for each in late:
        so_far = found.get(each.meter, ZERO)
        added = each.meter not in largest
        found[each.meter] = so_far + each.quantity if added else max(so_far, each.quantity)
    return found


def with_late(
    inputs: MonthInputs,
    late: Sequence[LateUsage],
    adjustments: Sequence[ServiceCredit],
    largest: Collection[str] = (),
) -> MonthInputs:
    """The month's inputs as they would have been, had all of it come in time."""
    segments = list(inputs.segments)
    for each in late:
        at = next(i for i, segment in enumerate(segments) if each.day < segment.end)
        segments[at] = _more(segments, at, each, largest)
    return replace(inputs, segments=tuple(segments), adjustments=tuple(adjustments))


def _more(
    segments: Sequence[Segment], at: int, late: LateUsage, largest: Collection[str]
) -> Segment:
    quantity = late.quantity
    if late.meter in largest:
        whole = sum((segment.quantity(late.meter) for segment in segments), ZERO)
        quantity = max(quantity - whole, ZERO)
    own = dict(segments[at].quantities)
    own[late.meter] = own.get(late.meter, ZERO) + quantity
    return replace(segments[at], quantities=own)


def charges(inputs: MonthInputs) -> int:
    """What the usage comes to, before credits that were paid ahead, in minor units."""
    return compose(billed_inputs(inputs)).total_minor


def waiver(
    *, of_month: date, month: date, days: int, of_currency: str, currency: str
) -> Waiver | None:
    """Why nobody would be asked for what `of_month` came to more, if so.

    The line would stand on the statement of `month`; it is too late if that month ends more than
    `days` after the one that is corrected. How long a close takes is nobody's fault. A statement
    has one currency, and nobody agreed to a rate at which a line of another would come into it.
    """
    if month_end(month) - month_end(of_month) > timedelta(days=days):
        return Waiver.TOO_LATE
    return None if of_currency == currency else Waiver.OTHER_CURRENCY


@dataclass(frozen=True, slots=True)
class Reckoned:
    """What a closed month comes to now, and by which inputs.

    `waiver` is why nobody is asked for what that is more; `left_out` is late usage, by meter, that
    is waived and not in the inputs.
    """

    inputs: MonthInputs
    after_minor: int
    waiver: Waiver | None
    left_out: Mapping[str, Decimal]


def reckon(
    complete: MonthInputs, billed: MonthInputs, *, before_minor: int, waiver: Waiver | None
) -> Reckoned:
    """The month by all that arrived (`complete`), if it was last billed by the inputs `billed`.

    `waiver` is why nobody would be asked for more. What is waived is not set off against a service
    credit either: that would charge it all the same. So then the month is reckoned by what was
    billed and the credits, where that gives back more.
    """
    after = charges(complete)
    if waiver:
        given = without_waived(complete, billed)
        less = charges(given)
        if less < min(before_minor, after):
            return Reckoned(given, less, None, left_out(complete, given))
    return Reckoned(complete, after, waiver if after > before_minor else None, {})


def without_waived(complete: MonthInputs, billed: MonthInputs) -> MonthInputs:
    """What was billed with the service credits of `complete`: its further late usage is waived."""
    return replace(billed, adjustments=complete.adjustments)


def left_out(complete: MonthInputs, given: MonthInputs) -> dict[str, Decimal]:
    """How much more of each meter the complete inputs have."""
    meters = {meter for each in complete.segments for meter in each.quantities}
    more = {meter: _whole(complete, meter) - _whole(given, meter) for meter in sorted(meters)}
    return {meter: quantity for meter, quantity in more.items() if quantity}


def _whole(inputs: MonthInputs, meter: str) -> Decimal:
    return sum((each.quantity(meter) for each in inputs.segments), ZERO)


def month_end(month: date) -> date:
    """The first day of the month after."""
    return (month + timedelta(days=32)).replace(day=1)
