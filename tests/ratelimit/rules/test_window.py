"""The exact rolling window on plain values, against an oracle that remembers everything."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ratelimit.rules import Charge, Decision, Window
from ratelimit.rules.window import WindowState, decide, find, passes, refund, spend
from tests.ratelimit.clock import NOW_US

PER_HOUR = Window("effects", quantity=500, per_ms=3_600_000, unit="effect")
SMALL = Window("small", quantity=3, per_ms=100)
HOUR_US = 3_600_000_000
TRIES = st.lists(st.tuples(st.integers(0, 2500), st.integers(1, 4)), max_size=30)


def _try(
    window: Window, state: WindowState, now_us: int, cost: int = 1
) -> tuple[WindowState, Decision]:
    found = find(window, state, cost, now_us)
    admitted = passes(window, cost, found.used)
    decision = decide(window, Charge(window, "org", cost), found, now_us, spent=admitted)
    return (spend(window, state, cost, now_us) if admitted else state), decision


def _compare(window: Window, tries: list[tuple[int, int]]) -> None:
    """Play (µs since the last, cost); each answer must follow from all that was admitted."""
    state, now_us, admitted = WindowState(), NOW_US, list[tuple[int, int]]()
    period_us = window.per_ms * 1000
    for step_us, cost in tries:
        now_us += step_us
        inside = sum(units for at, units in admitted if now_us - at < period_us)
        state, decision = _try(window, state, now_us, cost)
        assert decision.admitted == (inside + cost <= window.quantity)
        if decision.admitted:
            admitted.append((now_us, cost))
            inside += cost
        assert decision.used == inside
    for start, _ in admitted:
        assert sum(c for at, c in admitted if start <= at < start + period_us) <= window.quantity


class TestEffectsWindow:
    def test_refuses_the_501st_effect_of_any_hour(self) -> None:
        state = WindowState()
        for i in range(500):
            state, decision = _try(PER_HOUR, state, NOW_US + i * 1_000_000)
            assert decision.admitted
        last_us = NOW_US + HOUR_US - 1
        state, decision = _try(PER_HOUR, state, last_us)
        assert not decision.admitted
        assert decision.retry_after_ms == 1
        assert _try(PER_HOUR, state, last_us + 1)[1].admitted
        assert not _try(PER_HOUR, _try(PER_HOUR, state, last_us + 1)[0], last_us + 1)[1].admitted

    @pytest.mark.parametrize(
        ("tries", "waits_ms"),
        [
            ([(0, 3), (0, 1), (99, 1), (100, 1)], [0, 100, 1, 0]),
            ([(0, 1), (40, 1), (80, 1), (90, 2), (139, 2), (140, 2)], [0, 0, 0, 50, 1, 0]),
            ([(0, 4)], [None]),
            ([(0, 1), (10, 2), (20, 0)], [0, 0, 0]),
        ],
    )
    def test_waits_until_enough_has_left(
        self, tries: list[tuple[int, int]], waits_ms: list[int | None]
    ) -> None:
        state, waits = WindowState(), []
        for ms, cost in tries:
            before = state
            state, decision = _try(SMALL, state, NOW_US + ms * 1000, cost)
            if cost == 0:
                state = before
            waits.append(decision.retry_after_ms)
        assert waits == waits_ms

    @settings(max_examples=100, deadline=None)
    @given(st.integers(1, 8), st.integers(1, 5), TRIES)
    def test_agrees_with_an_oracle_that_forgets_nothing(
        self, quantity: int, per_ms: int, tries: list[tuple[int, int]]
    ) -> None:
        _compare(Window("any", quantity, per_ms), tries)

    def test_agrees_with_it_on_two_thousand_random_schedules(self) -> None:
        dice = Random(501)
        for _ in range(2000):
            window = Window("any", dice.randint(1, 12), dice.randint(1, 5))
            _compare(window, [(dice.randint(0, 2500), dice.randint(1, 4)) for _ in range(25)])


class TestRefund:
    def test_removes_that_very_entry_once(self) -> None:
        state, first = _try(SMALL, WindowState(), NOW_US)
        state, second = _try(SMALL, state, NOW_US + 50_000, 2)
        once = refund(SMALL, state, first.charge_id, NOW_US + 50_000)
        assert refund(SMALL, once, first.charge_id, NOW_US + 50_000) == once
        # The second entry is the one that is left: its two units leave at 150 ms.
        assert _try(SMALL, once, NOW_US + 60_000, 2)[1].retry_after_ms == 90
        assert first.charge_id != second.charge_id


class TestAClockThatStepsBack:
    def test_admits_no_more_than_the_window_holds(self) -> None:
        state = WindowState()
        for back_us in range(5):
            state, _ = _try(SMALL, state, NOW_US - back_us * 1000)
        assert len(state.entries) == 3
        assert [entry.at_us for entry in state.entries] == [NOW_US] * 3


class TestAWindowThatOnlyRemembers:
    """It stands for the limit that a later tier may have."""

    MEMORY = Window("memory", quantity=5, per_ms=100, log="small", refuses=False)

    def test_refuses_nothing_and_waits_for_nothing(self) -> None:
        state = WindowState()
        for _ in range(20):
            state, decision = _try(self.MEMORY, state, NOW_US)
            assert (decision.admitted, decision.retry_after_ms) == (True, 0)

    @given(tries=TRIES, after_us=st.integers(0, 120_000), cost=st.integers(1, 4))
    def test_lets_a_window_that_is_no_larger_decide_as_if_nothing_were_forgotten(
        self, tries: list[tuple[int, int]], after_us: int, cost: int
    ) -> None:
        kept = everything = WindowState()
        now_us = NOW_US
        for step_us, units in tries:
            now_us += step_us
            kept = spend(self.MEMORY, kept, units, now_us)
            everything = spend(SMALL, everything, units, now_us)
        now_us += after_us
        told, truth = (_try(SMALL, state, now_us, cost)[1] for state in (kept, everything))
        assert told.admitted == truth.admitted
        assert told.retry_after_ms == truth.retry_after_ms

    def test_keeps_no_more_than_it_must(self) -> None:
        state = WindowState()
        for units in (1, 4, 2, 3, 3):
            state, _ = _try(self.MEMORY, state, NOW_US, units)
        assert [entry.cost for entry in state.entries] == [3, 3]

    def test_gives_back_what_was_refunded(self) -> None:
        state, _ = _try(self.MEMORY, WindowState(), NOW_US, 2)
        state, undone = _try(self.MEMORY, state, NOW_US, 1)
        state = refund(self.MEMORY, state, undone.charge_id, NOW_US)
        assert _try(SMALL, state, NOW_US)[1].used == 3
