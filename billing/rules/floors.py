"""What a month costs at least by the tiers that were chosen in it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Final

from billing.rules.currencies import UnknownCurrency
from billing.rules.lines import Kind
from billing.rules.months import MonthInputs, compose
from billing.rules.rating import BANDED_BY_TIER, BadMonth, Segment

CHARGES: Final = {Kind.USAGE, Kind.SERVICE_CREDIT, Kind.DISCOUNT}


@dataclass(frozen=True, slots=True)
class Bounds:
    """A tier, and the first active user of a month that it is for."""

    tier: str
    first: int


def with_floor(inputs: MonthInputs, chosen: Collection[Bounds]) -> MonthInputs:
    """The inputs with that one of the chosen tiers by which the month costs the most.

    So no further choice makes a month cheaper. Where several cost the same, it is the one by which
    a user more would cost the most, for one may still come late; of those the greatest tier.
    """
    floors = sorted((each for each in chosen if each.first), key=lambda each: each.first)
    if len(floors) < 2:
        return _by(inputs, floors[0]) if floors else inputs
    try:
        return _by(inputs, max(reversed(floors), key=lambda each: _cost(_by(inputs, each))))
    except (BadMonth, UnknownCurrency):
        # Whoever composes such a month is told so: one must not keep all others from their close.
        return _by(inputs, floors[-1])


def _by(inputs: MonthInputs, floor: Bounds) -> MonthInputs:
    return replace(inputs, tier_floor=floor.tier, minimum_band_unit=floor.first)


def _cost(inputs: MonthInputs) -> tuple[int, Fraction, int, Fraction]:
    """What is charged, before credits and commitments, which never cost less for a greater charge:
    rounded and exact; and with a user more."""
    now = _charges(inputs)
    return (*now, *_charges(replace(inputs, segments=_with_one_more(inputs.segments))))


def _charges(inputs: MonthInputs) -> tuple[int, Fraction]:
    lines = [each for each in compose(inputs).lines if each.kind in CHARGES]
    return sum(each.amount_minor for each in lines), sum(
        (each.unrounded for each in lines), Fraction(0)
    )


def _with_one_more(segments: Sequence[Segment]) -> tuple[Segment, ...]:
    last = segments[-1]
    users = last.quantity(BANDED_BY_TIER) + Decimal(1)
    more = replace(last, quantities={**last.quantities, BANDED_BY_TIER: users})
    return (*segments[:-1], more)
