"""Where a list's totals fall."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from billing.rules.lint import FINEST, falls, falls_of, told
from billing.rules.prices import Band, MeterPrice, Mode, total
from tests.billing.rules.lists import flat, mau, terms
from tests.billing.rules.test_prices import bands


class TestThePublishedList:
    def test_falls_once_by_300_dollars(self) -> None:
        (fall,) = falls(mau())
        assert (fall.last, fall.first, fall.until) == (100_000, Decimal(100_001), Decimal(250_000))
        assert (fall.before, fall.after, fall.lost) == (
            Fraction(500),
            Fraction("200.002"),
            Fraction("299.998"),
        )
        assert told(fall, "usd") == (
            "mau: the total falls by 300.00 USD, from 500.00 USD at 100,000 to 200.00 USD at "
            "100,001; it is below it until 250,000."
        )

    def test_does_not_fall_in_the_other_modes(self) -> None:
        assert not falls(mau(Mode.GRADUATED))
        assert not falls(mau(Mode.VOLUME_FLOOR))


class TestAList:
    @given(bands())
    def test_is_told_of_exactly_where_one_more_unit_costs_less(
        self, made: tuple[Band, ...]
    ) -> None:
        price = mau(Mode.VOLUME, made)
        real = [n for n in range(80) if total(price, n + 1) < total(price, n)]
        assert [fall.last for fall in falls(price)] == real

    @given(bands(), st.integers(0, 5))
    def test_is_told_of_when_it_is_back(self, made: tuple[Band, ...], index: int) -> None:
        price = mau(Mode.VOLUME, made)
        for fall in falls(price):
            for many in range(int(fall.first), 80):
                back = fall.until is not None and many >= fall.until
                if not back:
                    assert total(price, many) < fall.before
            if fall.until is not None:
                assert total(price, fall.until) >= fall.before

    def test_that_counts_in_parts_of_a_unit_falls_just_behind_the_band(self) -> None:
        seconds = MeterPrice(
            "live_audio_seconds",
            Mode.VOLUME,
            (Band(0, 1_000, Decimal("0.001")), Band(1_001, None, Decimal("0.0009999"))),
        )
        assert not falls(seconds)
        (fall,) = falls(seconds, FINEST)
        assert fall.first == Decimal("1000.000001")
        assert "falls by 0.0000999990001 USD" in told(fall, "usd")
        assert falls_of(terms(seconds), frozenset({"live_audio_seconds"})) == [fall]

    def test_that_never_costs_as_much_again_says_so(self) -> None:
        price = mau(bands=(Band(0, 9, Decimal(1)), Band(10, None, Decimal(0))))
        (fall,) = falls(price)
        assert told(fall, "jpy").endswith(
            "from 9 JPY at 9 to 0 JPY at 10; it is never as much again."
        )

    def test_of_one_price_never_falls(self) -> None:
        assert not falls_of(terms(mau(bands=(Band(0, None, Decimal(1)),)), flat("effects", "1")))
