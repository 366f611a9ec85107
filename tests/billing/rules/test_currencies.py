"""Minor units: Stripe's, with its special cases."""

from fractions import Fraction

import pytest

from billing.rules.currencies import UnknownCurrency, currency
from billing.rules.rounding import exact, minor, money


class TestACurrency:
    @pytest.mark.parametrize(
        ("code", "amount", "in_minor"),
        [
            ("usd", "50.005", 5_001),
            ("usd", "50.00499", 5_000),
            ("eur", "-0.005", -1),
            ("usd", "-0.0049", 0),
            ("jpy", "500.5", 501),
            ("jpy", "500.4999", 500),
            ("krw", "0.5", 1),
            ("kwd", "5.124", 5_120),
            ("kwd", "5.125", 5_130),
            ("bhd", "-5.125", -5_130),
            ("isk", "5.5", 600),
            ("ugx", "5.49", 500),
            ("huf", "10.45", 1_045),
        ],
    )
    def test_rounds_half_away_from_zero_to_what_can_be_charged(
        self, code: str, amount: str, in_minor: int
    ) -> None:
        assert minor(Fraction(amount), currency(code)) == in_minor

    @pytest.mark.parametrize("code", ["xxx", "USD", "", "us", "btc", "jpy "])
    def test_that_stripe_does_not_know_is_refused_by_its_name(self, code: str) -> None:
        with pytest.raises(UnknownCurrency, match=repr(code)):
            currency(code)

    def test_is_written_for_people(self) -> None:
        assert money(Fraction("-1234567.5"), currency("usd")) == "-1,234,567.50 USD"
        assert money(Fraction(1500), currency("jpy")) == "1,500 JPY"

    def test_gives_back_the_amount_of_its_minor_units(self) -> None:
        assert exact(5_130, currency("kwd")) == Fraction("5.13")
