"""Segments: the parts of a month sum to the whole."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.prices import Band, Mode, PriceTerms, total
from billing.rules.rating import BadMonth, Segment, merged, share, usage_lines
from tests.billing.rules.lists import flat, mau, terms
from tests.billing.rules.test_prices import bands

FIRST, NEXT = date(2026, 10, 1), date(2026, 11, 1)


def segment(users: int, start: int, end: date, made: PriceTerms | None = None) -> Segment:
    quantities = {"mau": Decimal(users)}
    return Segment(date(2026, 10, start), end, made or terms(), quantities)


def month(*users: int, made: PriceTerms | None = None) -> list[Segment]:
    """Segments of one day each, the last to the month's end."""
    starts = [FIRST + timedelta(days=index) for index in range(len(users))]
    ends = [*starts[1:], NEXT]
    return [
        Segment(start, end, made or terms(), {"mau": Decimal(many)})
        for start, end, many in zip(starts, ends, users, strict=True)
    ]


class TestAMonthInOnePiece:
    def test_has_a_line_with_its_price(self) -> None:
        (line,) = usage_lines(month(11_000))
        priced = ("mau:0", Decimal(11_000), Decimal("0.005"))
        assert (line.key, line.quantity, line.unit_price) == priced
        assert (line.unrounded, line.amount_minor) == (Fraction(55), 5_500)

    def test_rounds_each_line_once_and_half_up(self) -> None:
        (line,) = usage_lines(month(10_001))
        assert (line.unrounded, line.amount_minor) == (Fraction("50.005"), 5_001)

    def test_has_a_line_for_each_meter_that_has_a_price(self) -> None:
        priced = terms(mau(), flat("live_audio_seconds", "0.03", per=60))
        quantities = {"mau": Decimal(10), "live_audio_seconds": Decimal(90), "effects": Decimal(9)}
        lines = usage_lines([Segment(FIRST, NEXT, priced, quantities)])
        assert [(line.key, line.amount_minor) for line in lines] == [
            ("mau:0", 0),
            ("live_audio_seconds:0", 5),  # 1.5 minutes at 3 cents, half a cent up
        ]

    @pytest.mark.parametrize("mode", [Mode.GRADUATED, Mode.VOLUME_FLOOR])
    def test_names_no_price_where_no_one_price_makes_the_line(self, mode: Mode) -> None:
        (line,) = usage_lines(month(150_000, made=terms(mau(mode))))
        assert line.unit_price is None

    def test_names_the_price_where_the_floor_is_not_reached(self) -> None:
        (line,) = usage_lines(month(300_000, made=terms(mau(Mode.VOLUME_FLOOR))))
        assert line.unit_price == Decimal("0.002")


class TestAMonthThatIsSplit:
    def test_decides_the_price_by_the_whole_month(self) -> None:
        contract = terms(
            mau(bands=(Band(0, 11_999, Decimal("0.004")), Band(12_000, None, Decimal("0.001")))),
            slug="acme",
        )
        parts = [segment(8_000, 1, date(2026, 10, 11)), segment(4_000, 11, NEXT, contract)]
        first, second = usage_lines(parts)
        assert (first.amount_minor, second.amount_minor) == (4_000, 400)
        assert (first.segment, second.segment) == (0, 1)

    def test_has_users_take_their_places_in_the_order_they_came(self) -> None:
        graduated = terms(mau(Mode.GRADUATED))
        dearer = terms(
            mau(Mode.GRADUATED, (Band(0, 9_999, Decimal(0)), Band(10_000, None, Decimal(1)))),
            slug="dearer",
        )
        parts = [segment(9_999, 1, date(2026, 10, 11), graduated), segment(2, 11, NEXT, dearer)]
        assert [line.amount_minor for line in usage_lines(parts)] == [0, 200]

    @given(bands(), st.lists(st.integers(0, 30), min_size=1, max_size=6), st.sampled_from(Mode))
    def test_comes_to_what_the_whole_comes_to(
        self, made: tuple[Band, ...], users: list[int], mode: Mode
    ) -> None:
        price, segments = mau(mode, made), month(*users)
        parts = [share(segments, index, price, None) for index in range(len(users))]
        assert sum(parts) == total(price, sum(users))
        assert min(parts) >= 0

    @given(st.lists(st.integers(0, 60_000), min_size=1, max_size=6), st.sampled_from(Mode))
    def test_costs_the_same_if_nothing_but_the_contract_changed(
        self, users: list[int], mode: Mode
    ) -> None:
        made = terms(mau(mode))
        (whole,) = usage_lines(month(sum(users), made=made))
        parts = [replace(each, contract="con_1") for each in month(*users, made=made)]
        (line,) = usage_lines(merged(parts))
        assert line.amount_minor == whole.amount_minor

    def test_splits_what_is_due_without_use_by_the_days(self) -> None:
        fee = terms(mau(bands=(Band(0, None, Decimal(0), Decimal(31)),)))
        other = replace(fee, list="other")
        parts = [segment(0, 1, date(2026, 10, 11), fee), segment(0, 11, NEXT, other)]
        assert [line.amount_minor for line in usage_lines(parts)] == [1_000, 2_100]

    def test_may_have_a_segment_of_a_day(self) -> None:
        yearly = terms(mau(bands=(Band(0, None, Decimal(1)),)), slug="a-day-of-its-own")
        parts = [segment(3, 1, date(2026, 10, 2), yearly), segment(4, 2, NEXT)]
        assert [line.amount_minor for line in usage_lines(parts)] == [300, 0]

    def test_is_one_line_again_where_neighbours_have_equal_terms(self) -> None:
        parts = [*month(3, 4), replace(segment(0, 1, NEXT), start=NEXT, end=date(2026, 12, 1))]
        (one,) = merged(parts)
        assert (one.start, one.end, one.quantity("mau")) == (FIRST, date(2026, 12, 1), Decimal(7))


class TestAMonthThatContradictsItself:
    @pytest.mark.parametrize("quantity", ["-1", "NaN", "Infinity"])
    def test_in_its_quantity(self, quantity: str) -> None:
        bad = Segment(FIRST, NEXT, terms(), {"mau": Decimal(quantity)})
        with pytest.raises(BadMonth, match="that of mau is"):
            usage_lines([bad])

    def test_in_its_days(self) -> None:
        with pytest.raises(BadMonth, match="ends on 2026-10-11, the next begins on 2026-10-12"):
            usage_lines([segment(1, 1, date(2026, 10, 11)), segment(1, 12, NEXT)])
        with pytest.raises(BadMonth, match="ends before it begins"):
            usage_lines([segment(1, 1, FIRST)])
        with pytest.raises(BadMonth, match="at least one"):
            usage_lines([])

    def test_in_its_currency(self) -> None:
        yen = terms(slug="yen", code="jpy")
        with pytest.raises(BadMonth, match="one currency"):
            usage_lines([segment(1, 1, date(2026, 10, 11)), segment(1, 11, NEXT, yen)])

    def test_in_its_discount(self) -> None:
        with pytest.raises(BadMonth, match="from 0 to 100"):
            usage_lines([replace(segment(1, 1, NEXT), discount_percent=Decimal(101))])
