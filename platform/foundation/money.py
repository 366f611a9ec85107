"""Money: Decimal prices, integer minor units (cents) for what is charged; never a float."""

from decimal import ROUND_HALF_UP, Decimal


def cents(amount: Decimal) -> int:
    """`amount` of a currency with two decimals, in whole cents, halves rounded up."""
    return int((amount * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))
