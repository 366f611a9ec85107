"""Of several tiers that were chosen in a month, the dearest holds."""

from datetime import date
from decimal import Decimal
from itertools import combinations

import pytest

from billing.rules.floors import Bounds, with_floor
from billing.rules.months import AvailableCredit, MonthInputs, compose
from billing.rules.prices import Mode
from billing.rules.rating import BadMonth, Segment
from tests.billing.rules.lists import mau, terms

BETA, PRO, ENTERPRISE = Bounds("beta", 0), Bounds("pro", 10_000), Bounds("enterprise", 100_001)


def month(users: int, mode: Mode = Mode.VOLUME) -> MonthInputs:
    quantities = {"mau": Decimal(users)}
    return MonthInputs(
        [Segment(date(2026, 10, 1), date(2026, 11, 1), terms(mau(mode)), quantities)]
    )


class TestTheFloorOfAMonth:
    @pytest.mark.parametrize(
        ("users", "chosen", "floor", "cents"),
        [
            (1_008, [], None, 0),
            (1_008, [BETA], None, 0),
            (1_008, [PRO], "pro", 504),
            (1_008, [ENTERPRISE], "enterprise", 202),
            (1_008, [PRO, ENTERPRISE], "pro", 504),
            (1_008, [ENTERPRISE, PRO, BETA], "pro", 504),
            (9_999, [PRO, ENTERPRISE], "pro", 5_000),
            (10_000, [PRO, ENTERPRISE], "enterprise", 5_000),  # its own band holds, by either
            (50_000, [PRO, ENTERPRISE], "enterprise", 25_000),
            (100_000, [PRO, ENTERPRISE], "enterprise", 50_000),
            (150_000, [PRO, ENTERPRISE], "enterprise", 30_000),
            (0, [PRO, ENTERPRISE], "pro", 0),  # who comes late is at Pro's price
        ],
    )
    def test_is_the_dearest_of_what_was_chosen(
        self, users: int, chosen: list[Bounds], floor: str | None, cents: int
    ) -> None:
        inputs = with_floor(month(users), chosen)
        assert (inputs.tier_floor, compose(inputs).total_minor) == (floor, cents)
        first = {each.tier: each.first for each in chosen}
        assert inputs.minimum_band_unit == (first[floor] if floor else None)

    @pytest.mark.parametrize("mode", Mode)
    @pytest.mark.parametrize("users", [0, 1, 1_008, 9_999, 10_000, 50_000, 100_001, 250_001])
    def test_is_never_cheaper_for_one_choice_more(self, users: int, mode: Mode) -> None:
        def cents(*chosen: Bounds) -> int:
            return compose(with_floor(month(users, mode), chosen)).total_minor

        every = (BETA, PRO, ENTERPRISE)
        for many in range(len(every)):
            for chosen in combinations(every, many):
                assert all(cents(*chosen) <= cents(*chosen, more) for more in every)

    def test_is_seen_through_what_credits_pay(self) -> None:
        paid = [AvailableCredit("a", "prepaid", 100_000)]
        [segment] = month(1_008).segments
        inputs = with_floor(MonthInputs([segment], credits=paid), [PRO, ENTERPRISE])
        assert inputs.tier_floor == "pro"
        assert [each.amount_minor for each in compose(inputs).lines] == [504, -504]

    def test_is_left_to_whoever_composes_a_month_that_cannot_be(self) -> None:
        inputs = with_floor(MonthInputs([]), [PRO, ENTERPRISE])
        with pytest.raises(BadMonth):
            compose(inputs)
