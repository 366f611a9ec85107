"""What a quantity costs by Stripe's two modes of tiers, exactly; rounded once for each line."""

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

from tests.stripe.stand_in.wire.shapes import Object

Charge = tuple[Decimal, Decimal, int]
"""Of a line: its quantity, the price of one unit, the amount in minor units."""


def charges(price: Object, tiers: list[Object], quantity: Decimal) -> Iterator[Charge]:
    """A line for the units of each tier that is reached, and one for what it costs flat."""
    if price["billing_scheme"] == "per_unit":
        yield _of_units(quantity, Decimal(price["unit_amount_decimal"]))
    elif price["tiers_mode"] == "volume":
        yield from _of_tier(next(t for t in tiers if _reaches(t, quantity)), quantity)
    else:
        below = Decimal(0)
        for tier in tiers:
            end = quantity if tier["up_to"] is None else min(quantity, Decimal(tier["up_to"]))
            if end > below or below == 0:
                yield from _of_tier(tier, end - below)
            below = max(below, end)


def _reaches(tier: Object, quantity: Decimal) -> bool:
    return tier["up_to"] is None or quantity <= tier["up_to"]


def _of_tier(tier: Object, quantity: Decimal) -> Iterator[Charge]:
    if tier["unit_amount_decimal"] is not None:
        yield _of_units(quantity, Decimal(tier["unit_amount_decimal"]))
    if tier["flat_amount_decimal"] is not None:
        yield _of_units(Decimal(1), Decimal(tier["flat_amount_decimal"]))


def _of_units(quantity: Decimal, unit: Decimal) -> Charge:
    """Stripe's rounding is not documented: half up is what everybody reports."""
    exact = quantity * unit
    return quantity, unit, int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))
