"""From the segments of a month to its usage lines.

A month whose prices change inside it has a segment for each; a user belongs to the segment that
saw him first, so the segments' quantities sum to the month's. What a unit costs is decided by the
month's whole quantity.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Final

from billing.rules.currencies import Currency, currency
from billing.rules.lines import Kind, Line, line
from billing.rules.prices import MeterPrice, Mode, PriceTerms, pricing_band, total

# A tier begins at a number of active users: choosing one says nothing of other meters.
BANDED_BY_TIER: Final = "mau"


class BadMonth(ValueError):
    """A month that cannot be rated: what it is made of contradicts itself."""


@dataclass(frozen=True, slots=True)
class Segment:
    """The days from `start` until before `end`, under one set of prices.

    `quantities` are by meter, in its units; a meter without a price in `terms` costs nothing.
    `discount_percent` is the contract's, from 0 to 100.
    """

    start: date
    end: date
    terms: PriceTerms
    quantities: dict[str, Decimal] = field(default_factory=dict)
    contract: str | None = None
    discount_percent: Decimal = Decimal(0)

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    def quantity(self, meter: str) -> Decimal:
        return self.quantities.get(meter, Decimal(0))


def merged(segments: Sequence[Segment]) -> tuple[Segment, ...]:
    """The segments, with neighbours under equal terms made one: fewer lines, fewer roundings."""
    result: list[Segment] = []
    for segment in segments:
        last = result[-1] if result else None
        if last and _alike(last, segment):
            result[-1] = _joined(last, segment)
        else:
            result.append(segment)
    return tuple(result)


def _alike(one: Segment, other: Segment) -> bool:
    return one.terms == other.terms and one.discount_percent == other.discount_percent


def _joined(one: Segment, other: Segment) -> Segment:
    meters = dict.fromkeys([*one.quantities, *other.quantities])
    quantities = {meter: one.quantity(meter) + other.quantity(meter) for meter in meters}
    contract = other.contract or one.contract
    return replace(one, end=other.end, quantities=quantities, contract=contract)


def check(segments: Sequence[Segment]) -> None:
    """Refuse segments that are none, leave days out, or count what cannot be counted (BadMonth)."""
    if not segments:
        raise BadMonth("A month has at least one segment.")
    for segment in segments:
        _check_one(segment)
    for before, segment in pairwise(segments):
        if before.end != segment.start:
            raise BadMonth(f"A segment ends on {before.end}, the next begins on {segment.start}.")
        if before.terms.currency != segment.terms.currency:
            raise BadMonth("A month has one currency.")


def _check_one(segment: Segment) -> None:
    if segment.days < 1:
        raise BadMonth(f"The segment of {segment.start} ends before it begins.")
    for meter, quantity in segment.quantities.items():
        if not quantity.is_finite() or quantity < 0:
            raise BadMonth(f"A quantity is a number of 0 or more; that of {meter} is {quantity}.")
    if not 0 <= segment.discount_percent <= 100:
        raise BadMonth(f"A discount is from 0 to 100 percent, not {segment.discount_percent}.")


def usage_lines(segments: Sequence[Segment], at_least: int | None = None) -> list[Line]:
    """A line for each priced meter of each segment; see `prices.total` for `at_least`."""
    check(segments)
    unit = currency(segments[0].terms.currency)
    return [
        _usage_line(segments, index, price, at_least, unit)
        for index, segment in enumerate(segments)
        for price in segment.terms.prices
    ]


def _usage_line(
    segments: Sequence[Segment],
    index: int,
    price: MeterPrice,
    at_least: int | None,
    unit: Currency,
) -> Line:
    at_least = at_least if price.meter == BANDED_BY_TIER else None
    amount = share(segments, index, price, at_least)
    return line(
        f"{price.meter}:{index}",
        Kind.USAGE,
        price.description or price.meter,
        amount,
        unit,
        meter=price.meter,
        quantity=segments[index].quantity(price.meter),
        unit_price=_one_price(segments, price, at_least),
        per=price.per,
        segment=index,
    )


def share(
    segments: Sequence[Segment], index: int, price: MeterPrice, at_least: int | None
) -> Fraction:
    """What the segment's part of a meter costs, exactly; equal prices sum to the whole's total."""
    parts = [segment.quantity(price.meter) for segment in segments]
    before, here, whole = sum(parts[:index], Decimal(0)), parts[index], sum(parts, Decimal(0))
    if price.mode is Mode.GRADUATED:
        # Users in the order in which they came: this segment's are the ones after those before.
        paid = total(price, before) if index else Fraction(0)
        return total(price, before + here) - paid
    if whole:
        part = Fraction(here) / Fraction(whole)
    else:  # nothing was used: what is due all the same is due by the days
        part = Fraction(segments[index].days, sum(segment.days for segment in segments))
    return total(price, whole, at_least) * part


def _one_price(
    segments: Sequence[Segment], price: MeterPrice, at_least: int | None
) -> Decimal | None:
    """The price that each unit has, or None where no one price makes the line."""
    whole = sum((segment.quantity(price.meter) for segment in segments), Decimal(0))
    band = pricing_band(price, whole, at_least)
    as_volume = replace(price, mode=Mode.VOLUME)
    if price.mode is Mode.GRADUATED:
        return None
    same = total(price, whole, at_least) == total(as_volume, whole, at_least)
    return band.unit_price if same else None
