"""Where one more unit makes a total smaller, and by how much.

In the mode volume a total can only fall where a band ends. Graduated totals and those with a floor
never fall, since no price is negative.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import ceil
from typing import Final

from billing.rules.currencies import currency
from billing.rules.prices import Band, MeterPrice, Mode, PriceTerms, of_band
from billing.rules.rounding import minor, money, plain, unrounded

WHOLE: Final = Decimal(1)
FINEST: Final = Decimal("0.000001")  # of a meter that sums amounts


@dataclass(frozen=True, slots=True)
class Fall:
    """The total is `before` at `last` units, `after` at `first`, and `before` again at `until`.

    Amounts are exact, in units of the currency. `until` is None if it never comes back.
    """

    meter: str
    last: int
    first: Decimal
    before: Fraction
    after: Fraction
    until: Decimal | None

    @property
    def lost(self) -> Fraction:
        return self.before - self.after


def falls(price: MeterPrice, step: Decimal = WHOLE) -> list[Fall]:
    """Every place where the total falls; `step` is the smallest amount of the meter."""
    if price.mode is not Mode.VOLUME:
        return []
    found = []
    for index, (band, following) in enumerate(pairwise(price.bands)):
        if band.last is None:
            continue
        first = band.last + step
        before = of_band(price, band, Decimal(band.last))
        after = of_band(price, following, first)
        if after < before:
            until = _until(price, price.bands[index + 1 :], before, step)
            found.append(Fall(price.meter, band.last, first, before, after, until))
    return found


def falls_of(terms: PriceTerms, summed: frozenset[str] = frozenset()) -> list[Fall]:
    """Every fall of the list; the meters in `summed` count in parts of a unit."""
    return [
        fall
        for price in terms.prices
        for fall in falls(price, FINEST if price.meter in summed else WHOLE)
    ]


def _until(
    price: MeterPrice, bands: tuple[Band, ...], goal: Fraction, step: Decimal
) -> Decimal | None:
    """The first quantity in these bands whose total is `goal` or more."""
    for band in bands:
        reached = _reached(price, band, goal, step)
        if reached is not None:
            return reached
    return None


def _reached(price: MeterPrice, band: Band, goal: Fraction, step: Decimal) -> Decimal | None:
    begins = Decimal(band.first - 1) + step
    if of_band(price, band, begins) >= goal:
        return begins
    if not band.unit_price:
        return None
    needed = (goal - Fraction(band.flat)) * price.per / Fraction(band.unit_price)
    reached = ceil(needed / Fraction(step)) * step
    return reached if band.last is None or reached <= band.last else None


def told(fall: Fall, code: str) -> str:
    """The fall as a sentence for an operator."""
    unit = currency(code)
    back = (
        f"below it until {_many(fall.until)}" if fall.until is not None else "never as much again"
    )
    lost = money(fall.lost, unit)
    if not minor(fall.lost, unit):  # less than can be charged, and still the wrong way
        lost = f"{unrounded(fall.lost)} {code.upper()}"
    return (
        f"{fall.meter}: the total falls by {lost}, from "
        f"{money(fall.before, unit)} at {fall.last:,} to {money(fall.after, unit)} at "
        f"{_many(fall.first)}; it is {back}."
    )


def _many(quantity: Decimal) -> str:
    return f"{quantity:,f}" if "." not in plain(quantity) else plain(quantity)
