"""What a number of units costs: bands of prices, read in one of three modes.

A band holds the units from `first` to `last`, both of them; a quantity between the last unit of a
band and the first of the next belongs to the next.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise


class Mode(StrEnum):
    """How bands make a total.

    volume: the band of the quantity prices every unit, and adds its flat amount.
    graduated: each band prices its own units; every band that is reached adds its flat amount.
    volume_floor: the greatest of the volume totals from 0 up to the quantity.
    """

    VOLUME = "volume"
    GRADUATED = "graduated"
    VOLUME_FLOOR = "volume_floor"


@dataclass(frozen=True, slots=True)
class Band:
    """Prices in units of the currency; `last` None means without end."""

    first: int
    last: int | None
    unit_price: Decimal
    flat: Decimal = Decimal(0)

    def __str__(self) -> str:
        return f"{self.first:,} and more" if self.last is None else f"{self.first:,}–{self.last:,}"


@dataclass(frozen=True, slots=True)
class MeterPrice:
    """The price of a meter: `unit_price` is for `per` of its units; bands are in its units."""

    meter: str
    mode: Mode
    bands: tuple[Band, ...]
    per: int = 1
    description: str = ""


@dataclass(frozen=True, slots=True)
class PriceTerms:
    """A version of a price list. `currency` is an ISO 4217 code in lower case."""

    list: str
    version: int
    currency: str
    prices: tuple[MeterPrice, ...]

    def price(self, meter: str) -> MeterPrice | None:
        return next((each for each in self.prices if each.meter == meter), None)


class BadBands(ValueError):
    """Bands that leave a quantity without a price, or with two."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = tuple(problems)


def check_bands(bands: Sequence[Band]) -> None:
    """Refuse bands that do not price each quantity from 0 on exactly once (BadBands)."""
    problems = band_problems(bands)
    if problems:
        raise BadBands(problems)


def band_problems(bands: Sequence[Band]) -> list[str]:
    """Every fault as a sentence that names the band, in the order of the bands."""
    if not bands:
        return ["There is no band: one from 0 without an end is the least."]
    said = [problem for band in bands for problem in _own_problems(band)]
    if bands[0].first != 0:
        said.append(f"The first band, {bands[0]}, must begin at 0.")
    said += [problem for before, band in pairwise(bands) for problem in _join(before, band)]
    if bands[-1].last is not None:
        said.append(f"The last band, {bands[-1]}, must have no end: more would have no price.")
    return said


def _own_problems(band: Band) -> list[str]:
    said = []
    if band.last is not None and band.last < max(band.first, 1):
        said.append(f"The band {band} ends before its first unit.")
    for name, amount in (("price", band.unit_price), ("flat amount", band.flat)):
        if not amount.is_finite():
            said.append(f"The {name} of the band {band} is no number.")
        elif amount < 0:
            said.append(f"The {name} of the band {band} is negative: {amount}.")
    return said


def _join(before: Band, band: Band) -> list[str]:
    if before.last is None:
        return [f"The band {before} has no end, and {band} overlaps it."]
    if band.first <= before.last:
        return [f"The bands {before} and {band} overlap."]
    if band.first > before.last + 1:
        return [f"There is a gap between the bands {before} and {band}."]
    return []


def band_at(price: MeterPrice, quantity: Decimal) -> Band:
    """The band that holds this quantity, which is not negative."""
    return next(band for band in price.bands if band.last is None or quantity <= band.last)


def pricing_band(price: MeterPrice, quantity: Decimal, at_least: int | None = None) -> Band:
    """The band whose price holds for every unit, in the mode volume.

    An organisation that chose a tier which begins at the unit `at_least` pays that unit's band
    where this comes to more than the band of the quantity.
    """
    own = band_at(price, quantity)
    if at_least is None or quantity >= at_least:
        return own
    chosen = band_at(price, Decimal(at_least))
    return max(own, chosen, key=lambda band: of_band(price, band, quantity))


def of_band(price: MeterPrice, band: Band, quantity: Decimal) -> Fraction:
    """Every unit at this band's price, and its flat amount."""
    return Fraction(band.unit_price) * Fraction(quantity) / price.per + Fraction(band.flat)


def total(price: MeterPrice, quantity: Decimal | int, at_least: int | None = None) -> Fraction:
    """What the quantity costs, exactly, in units of the currency; see `Mode`.

    `at_least` is the first unit of a chosen tier, or None; the mode graduated knows no such thing,
    since there each unit has its own price.
    """
    many = Decimal(quantity)
    if price.mode is Mode.GRADUATED:
        return sum((_graduated(price, band, many) for band in price.bands), Fraction(0))
    own = of_band(price, pricing_band(price, many, at_least), many)
    if price.mode is Mode.VOLUME:
        return own
    # Within a band a total only grows, so the greatest of the ones before stand at bands' ends.
    ends = (band for band in price.bands if band.last is not None and band.last < many)
    return max([own, *(of_band(price, band, Decimal(band.last or 0)) for band in ends)])


def _graduated(price: MeterPrice, band: Band, quantity: Decimal) -> Fraction:
    before = max(band.first - 1, 0)
    if quantity <= before and band.first > 0:
        return Fraction(0)
    here = (quantity if band.last is None else min(quantity, Decimal(band.last))) - before
    return Fraction(band.unit_price) * Fraction(here) / price.per + Fraction(band.flat)
