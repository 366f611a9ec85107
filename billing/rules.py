"""Prices: pure arithmetic in Decimal, from a count and a tier's price to invoice lines."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Line:
    """One line of a statement; `amount` is in units of the currency, unrounded."""

    meter: str
    description: str
    quantity: int
    unit_price: Decimal

    @property
    def amount(self) -> Decimal:
        return self.unit_price * self.quantity


def mau_line(tier_name: str, users: int, price_per_mau: Decimal) -> Line:
    """Every active user of the month at the tier's one price: no band, no cliff inside a tier."""
    return Line("mau", f"Monthly active users, {tier_name}", users, price_per_mau)


def total(lines: list[Line]) -> Decimal:
    return sum((line.amount for line in lines), Decimal(0))


def projected(so_far: int, *, elapsed_s: float, period_s: float) -> int:
    """The count at the month's end if it goes on as it has: at least what is there already.

    In the first hour of a month nothing can be said, so the count itself is the projection.
    """
    if elapsed_s < 3600:
        return so_far
    return max(so_far, round(so_far * period_s / elapsed_s))
