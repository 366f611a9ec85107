"""What a month is priced by: the published list, and the contracts in force on its days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from billing.rules.currencies import UnknownCurrency, currency
from billing.rules.prices import PriceTerms
from billing.rules.rounding import exact, minor


@dataclass(frozen=True, slots=True)
class Agreed:
    """A contract from the day `start` until before the day `end`; None for no end.

    `minimum_commitment_minor` is for a whole month.
    """

    contract: str
    start: date
    end: date | None
    terms: PriceTerms
    discount_percent: Decimal
    minimum_commitment_minor: int


@dataclass(frozen=True, slots=True)
class Piece:
    """Days of a month under one set of prices; the quantities are still to be counted."""

    start: date
    end: date
    terms: PriceTerms
    contract: str | None = None
    discount_percent: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Agreement:
    """A month's pieces, without a day left out, and what it is committed to in all."""

    pieces: tuple[Piece, ...]
    minimum_commitment_minor: int

    @property
    def currency(self) -> str:
        return self.pieces[0].terms.currency


def agreement(month: date, published: PriceTerms, contracts: Sequence[Agreed]) -> Agreement:
    """The month that begins on the day `month`; contracts in their order, none overlapping.

    A contract that holds for a part of the month commits to its days' part of the commitment.
    """
    end = (month + timedelta(days=32)).replace(day=1)
    pieces: list[Piece] = []
    day, committed = month, 0
    for each in contracts:
        first, last = max(each.start, month), min(each.end or end, end)
        if first >= last:
            continue
        if day < first:
            pieces.append(Piece(day, first, published))
        pieces.append(Piece(first, last, each.terms, each.contract, each.discount_percent))
        committed += _part(each, (last - first).days, (end - month).days)
        day = last
    if day < end:
        pieces.append(Piece(day, end, published))
    return Agreement(tuple(pieces), committed)


def _part(each: Agreed, days: int, of_days: int) -> int:
    try:
        unit = currency(each.terms.currency)
    except UnknownCurrency:
        # Whoever composes such a month is told so: one must not keep all others from their close.
        return each.minimum_commitment_minor
    whole = exact(each.minimum_commitment_minor, unit)
    return minor(whole * Fraction(days, of_days), unit)
