"""Exact amounts as text."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.rounding import half_up, plain, unrounded


class TestAnUnroundedAmount:
    @pytest.mark.parametrize(
        ("amount", "text"),
        [
            (Fraction("50.005"), "50.005"),
            (Fraction(0), "0"),
            (Fraction(100), "100"),
            (Fraction(-1, 8), "-0.125"),
            (Fraction(1, 3), "1/3"),
            (Fraction(-200, 3), "-200/3"),
            (Fraction(1, 10**18), "0.000000000000000001"),
            (Fraction(1, 10**19), "1/10000000000000000000"),
        ],
    )
    def test_is_a_decimal_if_it_ends(self, amount: Fraction, text: str) -> None:
        assert unrounded(amount) == text

    @given(st.fractions())
    def test_is_read_back_as_what_it_was(self, amount: Fraction) -> None:
        assert Fraction(unrounded(amount)) == amount


class TestHalfUp:
    @given(st.integers(-(10**6), 10**6))
    def test_takes_a_half_away_from_zero(self, whole: int) -> None:
        assert half_up(whole + Fraction(1, 2)) == (whole + 1 if whole >= 0 else whole)

    @given(st.fractions())
    def test_moves_an_amount_by_a_half_at_most(self, amount: Fraction) -> None:
        assert abs(half_up(amount) - amount) <= Fraction(1, 2)


class TestAPlainNumber:
    @pytest.mark.parametrize(
        ("number", "text"),
        [("0.0050", "0.005"), ("1E+3", "1000"), ("100", "100"), ("-0", "0"), ("0.000", "0")],
    )
    def test_has_one_spelling(self, number: str, text: str) -> None:
        assert plain(Decimal(number)) == text
