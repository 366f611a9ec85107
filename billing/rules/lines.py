"""A line of a statement: an exact amount, and what of it is charged."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from billing.rules.currencies import Currency
from billing.rules.rounding import minor


class Kind(StrEnum):
    """What a line is, in the order in which lines are made."""

    USAGE = "usage"
    SERVICE_CREDIT = "service_credit"
    DISCOUNT = "discount"
    CREDIT = "credit"
    COMMITMENT = "commitment"
    CORRECTION = "correction"


@dataclass(frozen=True, slots=True)
class Line:
    """`unrounded` is in units of the currency, `amount_minor` in its minor units.

    `quantity`, `unit_price` (for `per` units), `per` and `meter` are None where the line is not of
    one meter; `unit_price` also where the units have no one price. `segment` counts from 0.
    """

    key: str
    kind: Kind
    description: str
    unrounded: Fraction
    amount_minor: int
    meter: str | None = None
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    per: int | None = None
    segment: int | None = None


def line(
    key: str,
    kind: Kind,
    description: str,
    amount: Fraction,
    unit: Currency,
    *,
    meter: str | None = None,
    quantity: Decimal | None = None,
    unit_price: Decimal | None = None,
    per: int | None = None,
    segment: int | None = None,
) -> Line:
    """The line of this exact amount, rounded once."""
    return Line(
        key=key,
        kind=kind,
        description=description,
        unrounded=amount,
        amount_minor=minor(amount, unit),
        meter=meter,
        quantity=quantity,
        unit_price=unit_price,
        per=per,
        segment=segment,
    )
