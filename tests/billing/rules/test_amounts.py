"""Amounts between people and minor units: exact both ways, in every kind of currency."""

from decimal import Decimal

import pytest

from billing.rules.currencies import currency
from billing.rules.rounding import TooFine, minor_exactly, minor_money


@pytest.mark.parametrize(
    ("minor", "code", "amount", "told"),
    [
        (28_487, "usd", "284.87", "284.87 USD"),
        (-550, "usd", "-5.5", "-5.50 USD"),
        (123_456_789, "jpy", "123456789", "123,456,789 JPY"),
        (1_230, "kwd", "1.23", "1.230 KWD"),
        (50_000, "isk", "500", "500.00 ISK"),
        (0, "usd", "0.00", "0.00 USD"),
    ],
)
def test_are_the_same_both_ways(minor: int, code: str, amount: str, told: str) -> None:
    assert minor_money(minor, code) == told
    assert minor_exactly(Decimal(amount), currency(code)) == minor


@pytest.mark.parametrize(
    ("code", "amount", "smallest"),
    [
        ("usd", "0.005", "0.01 USD"),
        ("jpy", "1.5", "1 JPY"),
        ("kwd", "1.234", "0.010 KWD"),
        ("isk", "1.5", "1.00 ISK"),
    ],
)
def test_are_never_rounded(code: str, amount: str, smallest: str) -> None:
    with pytest.raises(TooFine, match=f"The smallest amount of this currency is {smallest}."):
        minor_exactly(Decimal(amount), currency(code))


def test_of_no_currency_are_told_as_they_are() -> None:
    assert minor_money(28_487, "xyz") == "28,487 minor units of XYZ"
