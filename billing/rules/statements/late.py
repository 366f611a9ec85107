"""What arrived after a month was closed: how it changes the month, and who pays for it."""

from collections.abc import Collection, Sequence
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


def month_end(month: date) -> date:
    """The first day of the month after."""
    return (month + timedelta(days=32)).replace(day=1)
