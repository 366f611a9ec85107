"""A whole bill: its order, its limits, and its way through a file and back."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.contents import composed_content, from_content, inputs_content
from billing.rules.currencies import UnknownCurrency
from billing.rules.lines import Kind
from billing.rules.months import (
    AvailableCredit,
    Correction,
    MonthInputs,
    ServiceCredit,
    compose,
)
from billing.rules.prices import Mode
from billing.rules.rating import BadMonth, Segment
from billing.rules.reading import BadContent
from tests.billing.rules.lists import flat, mau, terms

FIRST, MIDDLE, NEXT = date(2026, 10, 1), date(2026, 10, 16), date(2026, 11, 1)
LATE = Correction("cor_1", "2026-09", "st_1", 70, waived=False, hash="00")


def used(users: int, discount: str = "0", mode: Mode = Mode.VOLUME) -> Segment:
    quantities = {"mau": Decimal(users)}
    return Segment(FIRST, NEXT, terms(mau(mode)), quantities, None, Decimal(discount))


def credit(name: str, minor: int, until: datetime | None = None) -> AvailableCredit:
    return AvailableCredit(name, "prepaid", minor, until)


def amounts(inputs: MonthInputs) -> list[tuple[str, int]]:
    return [(line.key, line.amount_minor) for line in compose(inputs).lines]


class TestAMonth:
    def test_is_reckoned_in_its_order(self) -> None:
        inputs = MonthInputs(
            [used(20_001, discount="15")],
            adjustments=[ServiceCredit(Decimal(10), "Less than 99.9 %", "slo_1")],
            minimum_commitment_minor=10_000,
            credits=[credit("crd_1", 3_000)],
            corrections=[LATE],
        )
        assert amounts(inputs) == [
            ("mau:0", 10_001),  # 20,001 × 0.5 c = 10,000.5 c
            ("service_credit:0", -1_000),  # a tenth of 10,001 c
            ("discount:0", -1_350),  # 15 % of the 9,001 c that are left: 1,350.15 c
            ("credit:crd_1", -3_000),
            ("commitment", 2_349),  # 10,000 − 7,651, whatever credits paid of it
            ("correction:cor_1", 70),
        ]
        assert compose(inputs).total_minor == 7_070

    def test_has_the_credit_that_expires_first_pay_first(self) -> None:
        soon, later = datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
        three = [credit("a", 4_000), credit("b", 500, later), credit("c", 300, soon)]
        inputs = MonthInputs([used(11_000)], credits=three)
        assert amounts(inputs)[1:] == [("credit:c", -300), ("credit:b", -500), ("credit:a", -4_000)]
        assert compose(inputs).total_minor == 700

    def test_takes_no_more_of_a_credit_than_was_used(self) -> None:
        inputs = MonthInputs(
            [used(11_000)], credits=[credit("a", 9_000), credit("b", 9_000)], corrections=[LATE]
        )
        assert amounts(inputs)[1:] == [("credit:a", -5_500), ("correction:cor_1", 70)]

    def test_pays_nothing_of_a_commitment_that_was_used_up(self) -> None:
        inputs = MonthInputs([used(11_000)], minimum_commitment_minor=5_500)
        assert amounts(inputs) == [("mau:0", 5_500)]

    def test_waives_what_is_waived_and_pays_back_elsewhere(self) -> None:
        waived = Correction("cor_2", "2026-07", "st_0", 900, waived=True, hash="00")
        down = Correction("cor_3", "2026-09", "st_1", -50, waived=False, hash="00")
        inputs = MonthInputs([used(11_000)], corrections=[waived, down])
        assert amounts(inputs)[1:] == [("correction:cor_2", 0)]
        assert compose(inputs).of(Kind.CORRECTION)[0].description.endswith("2026-07, waived")

    def test_charges_no_correction_of_another_currency(self) -> None:
        yen = replace(LATE, currency="jpy")
        with pytest.raises(BadMonth, match="in jpy, the month in usd"):
            compose(MonthInputs([used(1)], corrections=[yen]))
        for settled in (replace(yen, waived=True), replace(yen, amount_minor=-70)):
            assert compose(MonthInputs([used(1)], corrections=[settled])).total_minor == 0

    @pytest.mark.parametrize("code", ["usd", None])
    def test_keeps_a_correction_as_it_was_written(self, code: str | None) -> None:
        said = inputs_content(MonthInputs([used(1)], corrections=[replace(LATE, currency=code)]))
        assert ("currency" in said["corrections"][0]) is (code is not None)
        assert inputs_content(from_content(said)) == said

    def test_never_gives_back_more_than_was_charged(self) -> None:
        both = [ServiceCredit(Decimal(60), "a", "1"), ServiceCredit(Decimal(60), "b", "2")]
        inputs = MonthInputs([used(11_000, discount="50")], adjustments=both)
        assert [amount for _, amount in amounts(inputs)] == [5_500, -3_300, -2_200, 0]

    def test_discounts_only_the_days_of_the_contract(self) -> None:
        before = Segment(FIRST, MIDDLE, terms(), {"mau": Decimal(10_000)})
        under = Segment(MIDDLE, NEXT, terms(), {"mau": Decimal(2_000)}, "con_1", Decimal(10))
        assert amounts(MonthInputs([before, under])) == [
            ("mau:0", 5_000),
            ("mau:1", 1_000),
            ("discount:1", -100),
        ]

    def test_charges_a_chosen_tier_for_its_users_alone(self) -> None:
        quantities = {"mau": Decimal(500), "effects": Decimal(3)}
        segment = Segment(FIRST, NEXT, terms(mau(), flat("effects", "0.1")), quantities)
        inputs = MonthInputs([segment], tier_floor="pro", minimum_band_unit=10_000)
        assert amounts(inputs) == [("mau:0", 250), ("effects:0", 30)]

    def test_is_refused_if_it_contradicts_itself(self) -> None:
        for bad in (
            MonthInputs([used(1)], minimum_commitment_minor=-1),
            MonthInputs([used(1)], adjustments=[ServiceCredit(Decimal("100.1"), "", "")]),
            MonthInputs([used(1)], credits=[credit("a", -1)]),
        ):
            with pytest.raises(BadMonth):
                compose(bad)
        with pytest.raises(BadMonth, match="at least one segment"):
            compose(MonthInputs([]))
        with pytest.raises(UnknownCurrency):
            compose(MonthInputs([Segment(FIRST, NEXT, terms(code="xxx"))]))


@st.composite
def months(draw: st.DrawFn) -> MonthInputs:
    percent = st.decimals(0, 100, places=4)
    code = draw(st.sampled_from(["usd", "jpy", "kwd", "isk"]))
    step = {"isk": 100, "kwd": 10}.get(code, 1)
    made = terms(
        mau(draw(st.sampled_from(Mode))), flat("live_audio_seconds", "0.0123", 60), code=code
    )
    segments = [
        Segment(
            start,
            end,
            made,
            {
                "mau": Decimal(draw(st.integers(0, 200_000))),
                "live_audio_seconds": draw(st.decimals(0, 10**6, places=6)),
            },
            contract,
            draw(percent) if contract else Decimal(0),
        )
        for start, end, contract in ((FIRST, MIDDLE, None), (MIDDLE, NEXT, "con_1"))
    ]
    minor = st.integers(0, 10_000).map(lambda whole: whole * step)
    return MonthInputs(
        segments,
        minimum_band_unit=draw(st.sampled_from([None, 10_000, 100_001])),
        adjustments=[
            ServiceCredit(each, "r", str(index))
            for index, each in enumerate(draw(st.lists(percent, max_size=3)))
        ],
        minimum_commitment_minor=draw(minor),
        credits=[
            credit(f"crd_{index}", each)
            for index, each in enumerate(draw(st.lists(minor, max_size=3)))
        ],
        corrections=[LATE] if draw(st.booleans()) and step == 1 else [],
    )


class TestEveryMonth:
    @given(months())
    def test_is_the_sum_of_its_lines_and_never_negative(self, inputs: MonthInputs) -> None:
        composed = compose(inputs)
        assert composed.total_minor == sum(line.amount_minor for line in composed.lines) >= 0
        charges = [line for line in composed.lines if line.kind in (Kind.USAGE, Kind.COMMITMENT)]
        assert all(line.amount_minor >= 0 for line in charges)
        paid_back = {Kind.CREDIT, Kind.DISCOUNT, Kind.SERVICE_CREDIT}
        assert all(line.amount_minor <= 0 for line in composed.lines if line.kind in paid_back)
        step = inputs.currency.step
        assert all(line.amount_minor % step == 0 for line in composed.lines)

    @given(months())
    def test_reaches_its_commitment_before_credits(self, inputs: MonthInputs) -> None:
        composed = compose(inputs)
        left_out = {Kind.CREDIT, Kind.CORRECTION}
        charged = sum(line.amount_minor for line in composed.lines if line.kind not in left_out)
        assert charged >= inputs.minimum_commitment_minor

    @given(months())
    def test_is_the_same_after_a_way_through_a_file(self, inputs: MonthInputs) -> None:
        stored = json.loads(json.dumps(inputs_content(inputs)))
        assert compose(from_content(stored)) == compose(inputs)
        assert inputs_content(from_content(stored)) == stored


class TestAFile:
    def stored(self) -> dict[str, Any]:
        until = datetime(2026, 12, 1, tzinfo=UTC)
        inputs = MonthInputs(
            [used(11_000)],
            adjustments=[ServiceCredit(Decimal(1), "r", "s")],
            credits=[credit("a", 1, until)],
            corrections=[LATE],
        )
        content = inputs_content(inputs) | composed_content(compose(inputs))
        loaded: dict[str, Any] = json.loads(json.dumps(content))
        return loaded

    def test_holds_no_binary_fraction(self) -> None:
        assert not _floats(self.stored())

    def test_says_what_its_lines_are(self) -> None:
        assert self.stored()["lines"][0] == {
            "key": "mau:0",
            "kind": "usage",
            "meter": "mau",
            "description": "Monthly active users",
            "quantity": "11000",
            "unit_price": "0.005",
            "per": 1,
            "unrounded": "55",
            "amount_minor": 5_500,
            "segment": 0,
        }

    @pytest.mark.parametrize(
        ("path", "value", "said"),
        [
            (["currency"], "xxx", "'xxx' is no currency"),
            (["minor_digits"], 3, "is not that of usd"),
            (["minimum_commitment_minor"], 1.5, "content/minimum_commitment_minor: a whole number"),
            (["minimum_commitment_minor"], True, "a whole number"),
            (["tier_floor"], 7, "content/tier_floor: text"),
            (["segments"], {}, "content/segments: a list"),
            (["segments", 0], 1, "content/segments/0: an object"),
            (["segments", 0, "start"], "soon", "content/segments/0/start: 'soon' is no day"),
            (["segments", 0, "quantities", "mau"], "NaN", "quantities/mau: a decimal number"),
            (["segments", 0, "quantities", "mau"], "1e9", "quantities/mau: a decimal number"),
            (["segments", 0, "prices", 0, "mode"], "free", "prices/0/mode: 'free' is no mode"),
            (["segments", 0, "prices", 0, "per"], 0, "1 unit or more"),
            (["segments", 0, "prices", 0, "bands", 1, "first"], 10_001, "gap between"),
            (["credits", 0, "expires_at"], "2026-12-01", "no moment"),
            (["credits", 0, "expires_at"], "never", "no moment"),
            (["corrections", 0, "waived"], 1, "corrections/0/waived: true or false"),
        ],
    )
    def test_of_another_form_is_refused_at_its_place(
        self, path: list[str | int], value: object, said: str
    ) -> None:
        content: Any = self.stored()
        place = content
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
        with pytest.raises((BadContent, UnknownCurrency), match=said):
            from_content(content)

    def test_that_lacks_something_is_refused_by_its_name(self) -> None:
        content = self.stored()
        del content["credits"]
        with pytest.raises(BadContent, match="content/credits is missing"):
            from_content(content)


def _floats(value: object) -> bool:
    if isinstance(value, dict):
        return any(map(_floats, value.values()))
    if isinstance(value, list):
        return any(map(_floats, value))
    return isinstance(value, float)
