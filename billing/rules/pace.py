"""Where a month goes if it goes on as it has."""

from decimal import Decimal
from fractions import Fraction

from billing.rules.rounding import half_up


def projected(so_far: Decimal, *, elapsed_s: int, period_s: int) -> Decimal:
    """The quantity at the month's end at this pace, in whole units: at least what there is.

    In the first hour of a month nothing can be said, so what was used is the projection.
    """
    if elapsed_s < 3600:
        return so_far
    return max(so_far, Decimal(half_up(Fraction(so_far) * period_s / elapsed_s)))
