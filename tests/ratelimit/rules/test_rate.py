"""GCRA on plain values."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ratelimit.rules import Charge, Rate
from ratelimit.rules.rate import RateState, debt_at, decide, passes, refund, spend
from tests.ratelimit.clock import NOW_US

EFFECTS = Rate("effects", quantity=1, per_ms=2000, burst=5, unit="effect")
THIRDS = Rate("thirds", quantity=3, per_ms=1000, burst=2)


def _try(rate: Rate, state: RateState, now_us: int, cost: int = 1) -> tuple[RateState, int | None]:
    """The next state, and the wait in ms (0 when admitted)."""
    charge = Charge(rate, "org", cost)
    debt = debt_at(rate, state, now_us)
    admitted = passes(rate, cost, debt)
    decision = decide(rate, charge, debt, spent=admitted)
    return (spend(rate, state, cost, now_us) if admitted else state), decision.retry_after_ms


class TestGcra:
    @pytest.mark.parametrize(
        ("tries_ms", "waits_ms"),
        [
            ([0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 2000]),
            ([0, 0, 0, 0, 0, 1999, 2000, 2000], [0, 0, 0, 0, 0, 1, 0, 2000]),
            ([0, 0, 0, 0, 0, 10_000, 10_000, 10_000, 10_000, 10_000, 10_000], [0] * 10 + [2000]),
            ([0, 2000, 4000, 6000, 8000, 10_000, 12_000], [0] * 7),
        ],
    )
    def test_admits_one_every_two_seconds_after_a_burst_of_five(
        self, tries_ms: list[int], waits_ms: list[int]
    ) -> None:
        state, waits = RateState(), []
        for ms in tries_ms:
            state, wait = _try(EFFECTS, state, NOW_US + ms * 1000)
            waits.append(wait)
        assert waits == waits_ms

    def test_keeps_thirds_of_a_second_exact(self) -> None:
        state = RateState()
        for second in range(1000):
            for third in range(3):
                # The unit falls due at the third of a second, rounded up to a microsecond.
                now_us = NOW_US + second * 1_000_000 + -(-third * 1_000_000 // 3)
                state, wait = _try(THIRDS, state, now_us)
                assert wait == 0
        # A thousand seconds on, less than a microsecond is owed.
        assert debt_at(THIRDS, state, NOW_US + 1_000_000_000) < THIRDS.drain

    def test_says_never_when_the_cost_is_above_the_burst(self) -> None:
        assert _try(EFFECTS, RateState(), NOW_US, cost=6)[1] is None

    def test_asks_for_nothing_even_when_empty(self) -> None:
        state = spend(EFFECTS, RateState(), 5, NOW_US)
        decision = decide(
            EFFECTS, Charge(EFFECTS, "org", 0), debt_at(EFFECTS, state, NOW_US), spent=False
        )
        assert decision.admitted
        assert (decision.remaining, decision.used) == (0, 5)
        assert decision.effective_window_ms == 2000

    @pytest.mark.parametrize(
        ("used", "window_ms"), [(0, 10_000), (1, 8000), (2, 6000), (3, 6000), (4, 8000), (5, 2000)]
    )
    def test_never_invites_more_than_the_sustained_rate(self, used: int, window_ms: int) -> None:
        debt = used * EFFECTS.shares_per_unit
        decision = decide(EFFECTS, Charge(EFFECTS, "org", 0), debt, spent=False)
        assert decision.effective_window_ms == window_ms
        assert decision.remaining * EFFECTS.per_ms <= window_ms * EFFECTS.quantity

    def test_forgives_what_a_smaller_burst_cannot_hold(self) -> None:
        state = spend(EFFECTS, RateState(), 5, NOW_US)
        smaller = Rate("effects", 1, 2000, 2, "effect")
        assert _try(smaller, state, NOW_US)[1] == 2000

    @settings(max_examples=100, deadline=None)
    @given(
        quantity=st.integers(1, 9),
        per_ms=st.integers(1, 40),
        burst=st.integers(1, 6),
        tries=st.lists(st.tuples(st.integers(0, 30_000), st.integers(1, 3)), max_size=40),
    )
    def test_never_passes_burst_plus_what_drained_in_any_span(
        self, quantity: int, per_ms: int, burst: int, tries: list[tuple[int, int]]
    ) -> None:
        rate = Rate("any", quantity, per_ms, burst)
        state, now_us, admitted = RateState(), NOW_US, []
        for step_us, cost in tries:
            now_us += step_us
            state, wait = _try(rate, state, now_us, cost)
            if wait == 0:
                admitted.append((now_us, cost))
        for first, (start_us, _) in enumerate(admitted):
            units = 0
            for end_us, cost in admitted[first:]:
                units += cost
                # units <= burst + quantity * span / period, without a division
                assert (units - burst) * per_ms * 1000 <= quantity * (end_us - start_us)

    @settings(max_examples=200, deadline=None)
    @given(
        quantity=st.integers(1, 9),
        per_ms=st.integers(1, 4000),
        burst=st.integers(1, 6),
        tries=st.lists(st.tuples(st.integers(0, 3_000_000), st.integers(1, 6)), max_size=20),
    )
    def test_admits_after_the_wait_it_told_and_not_a_millisecond_sooner(
        self, quantity: int, per_ms: int, burst: int, tries: list[tuple[int, int]]
    ) -> None:
        rate = Rate("any", quantity, per_ms, burst)
        state, now_us = spend(rate, RateState(), burst, NOW_US), NOW_US
        for step_us, cost in [(0, 1), *tries]:
            now_us += step_us
            after, wait_ms = _try(rate, state, now_us, cost)
            if wait_ms is None:
                assert cost > burst
            elif wait_ms:
                assert _try(rate, state, now_us + wait_ms * 1000, cost)[1] == 0
                assert _try(rate, state, now_us + (wait_ms - 1) * 1000, cost)[1] != 0
            state = after


class TestRefund:
    def test_gives_back_what_was_spent(self) -> None:
        state = spend(EFFECTS, RateState(), 5, NOW_US)
        assert _try(EFFECTS, refund(EFFECTS, state, 1, NOW_US), NOW_US)[1] == 0

    def test_never_owes_the_client_more_than_the_burst(self) -> None:
        state = refund(EFFECTS, spend(EFFECTS, RateState(), 1, NOW_US), 3, NOW_US)
        for _ in range(5):
            state, wait = _try(EFFECTS, state, NOW_US)
            assert wait == 0
        assert _try(EFFECTS, state, NOW_US)[1] == 2000
