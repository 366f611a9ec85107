"""The client's verifier reckons any month as the server does, though neither knows the other."""

import itertools
import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from billing.rules.contents import inputs_content
from billing.rules.months import MonthInputs, compose
from billing.rules.prices import Mode
from billing.rules.rating import Segment
from tests.billing.rules.lists import mau, terms
from tests.billing.rules.test_months import months
from tests.billing.rules.test_prices import bands
from tifo_client.verify.statements import lines

DAYS = [date(2026, 10, 1), date(2026, 10, 8), date(2026, 10, 25), date(2026, 11, 1)]


@st.composite
def split_months(draw: st.DrawFn) -> MonthInputs:
    """Three segments under lists of their own, whose bands, flat amounts and modes are any."""
    segments = [
        Segment(
            start,
            end,
            terms(
                mau(draw(st.sampled_from(Mode)), draw(bands())), slug=draw(st.sampled_from("ab"))
            ),
            {"mau": Decimal(draw(st.integers(0, 40)))},
            "con_1",
            draw(st.sampled_from([Decimal(0), Decimal("33.3333"), Decimal(100)])),
        )
        for start, end in itertools.pairwise(DAYS)
    ]
    least = draw(st.none() | st.integers(1, 70))
    return MonthInputs(segments, tier_floor="pro" if least else None, minimum_band_unit=least)


def agree(inputs: MonthInputs) -> None:
    stored = json.loads(json.dumps(inputs_content(inputs)))
    ours = [(each.key, each.unrounded, each.amount_minor) for each in compose(inputs).lines]
    assert lines(stored) == ours


class TestBoth:
    @given(months())
    def test_come_to_the_same_lines(self, inputs: MonthInputs) -> None:
        agree(inputs)

    @given(split_months())
    def test_come_to_the_same_where_prices_change_inside_the_month(
        self, inputs: MonthInputs
    ) -> None:
        agree(inputs)

    @given(split_months())
    def test_come_to_the_same_where_nothing_was_used(self, inputs: MonthInputs) -> None:
        idle = [replace(each, quantities={}) for each in inputs.segments]
        agree(replace(inputs, segments=idle))
