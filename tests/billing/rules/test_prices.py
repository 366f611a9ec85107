"""The three modes at every edge of the published list, and what bands may be."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.currencies import currency
from billing.rules.prices import BadBands, Band, MeterPrice, Mode, check_bands, total
from billing.rules.rounding import minor
from tests.billing.rules.lists import PUBLISHED, flat, mau

# users: volume, graduated, volume_floor; in cents, reckoned by hand from the published prices
EDGES = {
    0: (0, 0, 0),
    1: (0, 0, 0),
    9_999: (0, 0, 0),
    10_000: (5_000, 1, 5_000),  # 10,000 × 0.5 c; one paid user 0.5 c
    10_001: (5_001, 1, 5_001),  # 5,000.5 c; 2 × 0.5 c
    99_999: (50_000, 45_000, 50_000),  # 49,999.5 c; 90,000 × 0.5 c
    100_000: (50_000, 45_001, 50_000),  # 90,001 × 0.5 c = 45,000.5 c
    100_001: (20_000, 45_001, 50_000),  # 20,000.2 c; 45,000.7 c
    150_000: (30_000, 55_001, 50_000),  # 45,000.5 c + 50,000 × 0.2 c
    249_999: (50_000, 75_000, 50_000),  # 49,999.8 c; 45,000.5 c + 29,999.8 c
    250_000: (50_000, 75_001, 50_000),
    250_001: (50_000, 75_001, 50_000),  # 50,000.2 c
    1_000_000: (200_000, 225_001, 200_000),
}
MODES = (Mode.VOLUME, Mode.GRADUATED, Mode.VOLUME_FLOOR)
CASES = [
    (mode, users, cents)
    for users, row in EDGES.items()
    for mode, cents in zip(MODES, row, strict=True)
]


def money() -> st.SearchStrategy[Decimal]:
    return st.decimals(0, 100, places=4)


@st.composite
def bands(draw: st.DrawFn) -> tuple[Band, ...]:
    ends = draw(st.lists(st.integers(1, 60), max_size=5, unique=True).map(sorted))
    firsts = [0, *(end + 1 for end in ends)]
    return tuple(
        Band(first, last, draw(money()), draw(money()))
        for first, last in zip(firsts, [*ends, None], strict=True)
    )


class TestThePublishedList:
    @pytest.mark.parametrize(("mode", "users", "cents"), CASES)
    def test_comes_to_the_cent(self, mode: Mode, users: int, cents: int) -> None:
        assert minor(total(mau(mode), users), currency("usd")) == cents

    @pytest.mark.parametrize(
        ("mode", "users", "yen"),
        [
            (Mode.VOLUME, 10_000, 50),
            (Mode.VOLUME, 10_001, 50),  # 50.005
            (Mode.VOLUME, 10_100, 51),  # 50.5: a half goes up
            (Mode.VOLUME, 100_001, 200),
            (Mode.GRADUATED, 10_099, 1),  # 100 × 0.005
            (Mode.GRADUATED, 10_098, 0),  # 0.495
            (Mode.VOLUME_FLOOR, 100_001, 500),
        ],
    )
    def test_comes_to_the_yen_where_there_are_no_cents(
        self, mode: Mode, users: int, yen: int
    ) -> None:
        assert minor(total(mau(mode), users), currency("jpy")) == yen


class TestATotal:
    @given(bands(), st.integers(0, 80))
    def test_with_a_floor_never_falls(self, made: tuple[Band, ...], users: int) -> None:
        price = mau(Mode.VOLUME_FLOOR, made)
        assert total(price, users + 1) >= total(price, users)

    @given(bands(), st.integers(0, 80), st.integers(0, 80))
    def test_with_a_floor_and_a_chosen_tier_never_falls(
        self, made: tuple[Band, ...], users: int, chosen: int
    ) -> None:
        first = next(band.first for band in reversed(made) if band.first <= chosen)
        price = mau(Mode.VOLUME_FLOOR, made)
        assert total(price, users + 1, first) >= total(price, users, first)

    @given(bands(), st.integers(0, 80))
    def test_with_a_floor_is_the_greatest_volume_total_before_it(
        self, made: tuple[Band, ...], users: int
    ) -> None:
        volume = mau(Mode.VOLUME, made)
        greatest = max(total(volume, many) for many in range(users + 1))
        assert total(mau(Mode.VOLUME_FLOOR, made), users) == greatest

    @given(bands(), st.integers(0, 80))
    def test_in_grades_grows_by_the_price_of_the_next_unit(
        self, made: tuple[Band, ...], users: int
    ) -> None:
        price = mau(Mode.GRADUATED, made)
        band = next(each for each in made if each.last is None or users + 1 <= each.last)
        reached = Fraction(band.flat) if band.first == users + 1 else Fraction(0)
        grown = total(price, users + 1) - total(price, users)
        assert grown == Fraction(band.unit_price) + reached

    @given(bands())
    def test_of_nothing_is_the_first_band_s_flat_amount(self, made: tuple[Band, ...]) -> None:
        for mode in Mode:
            assert total(mau(mode, made), 0) == Fraction(made[0].flat)

    def test_of_parts_of_a_unit_is_exact(self) -> None:
        minutes = flat("live_audio_seconds", "0.01", per=60)
        assert total(minutes, Decimal("90.000001")) == Fraction("90.000001") / 6000

    def test_has_what_lies_between_two_bands_in_the_upper_one(self) -> None:
        price = MeterPrice("x", Mode.VOLUME, (Band(0, 10, Decimal(1)), Band(11, None, Decimal(3))))
        assert total(price, Decimal("10.5")) == Fraction("31.5")
        graduated = replace(price, mode=Mode.GRADUATED)
        assert total(graduated, Decimal("10.5")) == Fraction("11.5")


class TestAChosenTier:
    @pytest.mark.parametrize(
        ("users", "first", "cents"),
        [
            (500, 10_000, 250),  # Pro chosen with 500 users: each at Pro's price
            (11_000, 10_000, 5_500),
            (100_001, 10_000, 20_000),
            (50_000, 100_001, 25_000),  # Enterprise chosen: it never makes a month cheaper
            (500, 100_001, 100),
            (0, 10_000, 0),
        ],
    )
    def test_is_paid_for_at_its_own_price(self, users: int, first: int, cents: int) -> None:
        assert minor(total(mau(), users, first), currency("usd")) == cents

    def test_says_nothing_where_each_user_has_a_price_of_his_own(self) -> None:
        assert total(mau(Mode.GRADUATED), 500, 10_000) == 0


class TestBands:
    @pytest.mark.parametrize(
        ("made", "said"),
        [
            ((), "no band"),
            ((Band(1, None, Decimal(1)),), "1 and more, must begin at 0"),
            (
                (Band(0, 9, Decimal(1)), Band(11, None, Decimal(1))),
                "gap between the bands 0–9 and 11 and more",
            ),
            (
                (Band(0, 9, Decimal(1)), Band(9, None, Decimal(1))),
                "bands 0–9 and 9 and more overlap",
            ),
            (
                (Band(0, None, Decimal(1)), Band(9, None, Decimal(1))),
                "0 and more has no end, and 9 and more overlaps",
            ),
            ((Band(0, 9, Decimal(1)),), "0–9, must have no end"),
            ((Band(0, None, Decimal("-0.1")),), "price of the band 0 and more is negative"),
            ((Band(0, None, Decimal(1), Decimal(-1)),), "flat amount .* is negative"),
            ((Band(0, None, Decimal("NaN")),), "price of the band 0 and more is no number"),
            (
                (Band(0, 9, Decimal(1)), Band(10, 5, Decimal(1)), Band(6, None, Decimal(1))),
                "10–5 ends before",
            ),
            ((Band(0, 0, Decimal(1)), Band(1, None, Decimal(1))), "0–0 ends before"),
        ],
    )
    def test_that_leave_a_quantity_without_one_price_are_refused_by_name(
        self, made: tuple[Band, ...], said: str
    ) -> None:
        with pytest.raises(BadBands, match=said):
            check_bands(made)

    def test_have_every_fault_told_in_one_sentence_each(self) -> None:
        with pytest.raises(BadBands) as refused:
            check_bands((Band(1, 9, Decimal(-1)),))
        assert str(refused.value) == (
            "The price of the band 1–9 is negative: -1. The first band, 1–9, must begin at 0. "
            "The last band, 1–9, must have no end: more would have no price."
        )

    def test_of_the_published_list_are_taken(self) -> None:
        check_bands(PUBLISHED)

    @given(bands())
    def test_that_join_are_taken(self, made: tuple[Band, ...]) -> None:
        check_bands(made)
