"""Anything that can be done to an organisation's money, in any order: the books stay right."""

import os
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.conftest import MEASURED
from tests.soak.stateful.collecting import Money
from tests.soak.stateful.world import small_world

STEPS = int(os.environ.get("TIFO_SOAK_STEPS", "20000"))
PARTS = 10


def play(steps: int) -> int:
    """At least so many steps; returns how many it were."""
    small_world()
    Money.seen.clear()
    while Money.seen["steps"] < steps:
        run_state_machine_as_test(
            Money,
            settings=settings(
                max_examples=5,
                stateful_step_count=50,
                deadline=None,
                database=None,
                derandomize=False,  # or each part would be the same
                phases=[Phase.generate],  # a failure can be read as it is, and shrinks for minutes
                report_multiple_bugs=False,
                suppress_health_check=list(HealthCheck),
            ),
        )
    return Money.seen["steps"]


@pytest.mark.django_db
class TestMoney:
    def test_stays_right_whatever_is_done(self) -> None:
        assert play(steps=150) >= 150


class InParts:
    """Half of the steps. In parts: what a transaction has rolled back is in its way at the end."""

    @pytest.mark.parametrize("part", range(PARTS // 2))
    def test_stays_right_through_thousands_of_steps(
        self, part: int, record_property: Callable[[str, object], None]
    ) -> None:
        assert play(STEPS // PARTS) >= STEPS // PARTS
        record_property(MEASURED, dict(Money.seen.most_common()))


# A class is played by one process, and there are two.
@pytest.mark.soak
@pytest.mark.django_db
class TestMoneyForLong(InParts):
    pass


@pytest.mark.soak
@pytest.mark.django_db
class TestMoneyForLonger(InParts):
    pass
