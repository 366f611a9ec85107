"""Anything that can be done to an organisation's money, in any order: the books stay right."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.conftest import MEASURED
from tests.soak.stateful.collecting import Money
from tests.soak.stateful.world import small_world

STEPS = 50  # of an example


def play(examples: int) -> int:
    """How many steps were made."""
    small_world()
    Money.seen.clear()
    run_state_machine_as_test(
        Money,
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            phases=[
                Phase.generate
            ],  # a failure is short enough to be read, and shrinks for minutes
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
    return Money.seen["steps"]


@pytest.mark.django_db
class TestMoney:
    def test_stays_right_whatever_is_done(self) -> None:
        assert play(examples=5) > 100

    @pytest.mark.soak
    @pytest.mark.parametrize("part", range(2))
    def test_stays_right_through_thousands_of_steps(
        self, part: int, record_property: Callable[[str, object], None]
    ) -> None:
        assert play(examples=230) >= 10_000
        record_property(MEASURED, dict(Money.seen.most_common()))
