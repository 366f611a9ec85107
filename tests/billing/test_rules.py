"""Prices: exact in Decimal, and rounded once."""

from decimal import Decimal

import pytest

from billing.rules import mau_line, projected, total
from foundation.money import cents


class TestThePublishedPrices:
    @pytest.mark.parametrize(
        ("users", "price", "in_cents"),
        [
            (9_999, "0", 0),
            (10_000, "0.005", 5_000),
            (100_000, "0.005", 50_000),
            (100_001, "0.002", 20_000),
            (1, "0.005", 1),
            (3, "0.005", 2),
            (250_000, "0.002", 50_000),
        ],
    )
    def test_give_the_bill_to_the_cent(self, users: int, price: str, in_cents: int) -> None:
        assert cents(total([mau_line("Pro", users, Decimal(price))])) == in_cents


class TestProjected:
    def test_goes_on_at_the_pace_so_far(self) -> None:
        assert projected(300, elapsed_s=10 * 86_400, period_s=30 * 86_400) == 900

    def test_says_no_more_than_is_known_in_the_first_hour(self) -> None:
        assert projected(300, elapsed_s=60, period_s=30 * 86_400) == 300

    def test_never_falls_below_what_was_counted(self) -> None:
        # A month that is closed a day late would otherwise come to 677.
        assert projected(700, elapsed_s=31 * 86_400, period_s=30 * 86_400) == 700

    def test_begins_with_the_second_hour(self) -> None:
        assert projected(3, elapsed_s=3_599, period_s=7_200) == 3
        assert projected(3, elapsed_s=3_600, period_s=7_200) == 6
