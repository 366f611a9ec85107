"""A part of each limit while Redis is away."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ratelimit.local import LocalLimits
from ratelimit.rules import Charge, Concurrency, Rate, Window
from tests.ratelimit.clock import NOW_US, HandClock

REQUESTS = Rate("requests", quantity=10, per_ms=1000, burst=20)
EFFECTS = Window("effects", quantity=500, per_ms=3_600_000, unit="effect")
SESSIONS = Concurrency("sessions", quantity=5, lease_ms=10_000, unit="session")


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def limits(clock: HandClock) -> LocalLimits:
    """One of two processes, at half of every rate and a twentieth of every window."""
    return LocalLimits(0.5, 0.05, 2, clock)


def _admitted(limits: LocalLimits, charge: Charge, tries: int, tag: str = "org") -> int:
    return sum(limits.admit(tag, [charge]).admitted for _ in range(tries))


class TestARate:
    def test_goes_on_at_its_part_of_burst_and_quantity(
        self, limits: LocalLimits, clock: HandClock
    ) -> None:
        one = Charge(REQUESTS, "key")
        assert _admitted(limits, one, 30) == 5  # 20 × 0.5 / 2
        refused = limits.admit("org", [one])
        assert (refused.violated, refused.retry_after_ms) == (("requests",), 400)
        clock.forward(ms=399)
        assert not limits.admit("org", [one]).admitted
        clock.forward(ms=1)
        assert _admitted(limits, one, 2) == 1

    def test_tells_what_remains_of_its_part(self, limits: LocalLimits) -> None:
        (decision,) = limits.admit("org", [Charge(REQUESTS, "key", 2)]).decisions
        assert (decision.admitted, decision.remaining, decision.charge_id) == (True, 3, "")

    def test_never_passes_what_no_wait_would_let_pass(self, limits: LocalLimits) -> None:
        outcome = limits.admit("org", [Charge(REQUESTS, "key", 6)])
        assert (outcome.admitted, outcome.retry_after_ms) == (False, None)

    def test_is_counted_per_tag_and_subject(self, limits: LocalLimits) -> None:
        assert _admitted(limits, Charge(REQUESTS, "key"), 30) == 5
        assert _admitted(limits, Charge(REQUESTS, "other"), 30) == 5
        assert _admitted(limits, Charge(REQUESTS, "key"), 30, tag="stranger") == 5

    @settings(max_examples=200)
    @given(
        quantity=st.integers(1, 50),
        per_ms=st.integers(1, 1000),
        burst=st.integers(1, 60),
        fraction=st.sampled_from([0.05, 0.1, 0.3, 0.5, 0.7, 1.0]),
        processes=st.integers(1, 9),
        steps_us=st.lists(st.integers(0, 400_000), max_size=60),
    )
    def test_all_processes_together_stay_within_the_fraction(
        self,
        quantity: int,
        per_ms: int,
        burst: int,
        fraction: float,
        processes: int,
        steps_us: list[int],
    ) -> None:
        clock, charge = HandClock(), Charge(Rate("any", quantity, per_ms, burst), "key")
        everybody = [LocalLimits(fraction, 0, processes, clock) for _ in range(processes)]
        admitted = 0
        for step_us in steps_us:
            clock.forward(us=step_us)
            for one in everybody:
                admitted += one.admit("org", [charge]).admitted
        passed_ms = (clock.now_us - NOW_US) / 1000
        assert admitted <= fraction * (burst + quantity * passed_ms / per_ms) + 1e-6


class TestAWindow:
    def test_admits_its_reserve_in_any_span_of_its_length(
        self, limits: LocalLimits, clock: HandClock
    ) -> None:
        one = Charge(EFFECTS, "org")
        assert _admitted(limits, one, 30) == 12  # the whole units of 500 × 0.05 / 2
        clock.forward(ms=EFFECTS.per_ms - 1)
        refused = limits.admit("org", [one])
        assert (refused.admitted, refused.retry_after_ms) == (False, 1)
        clock.forward(ms=1)
        assert _admitted(limits, one, 30) == 12

    def test_grants_it_once_however_often_redis_comes_and_goes(
        self, limits: LocalLimits, clock: HandClock
    ) -> None:
        one = Charge(EFFECTS, "org")
        admitted, owed = 0, 0
        for _ in range(5):
            admitted += _admitted(limits, one, 4)
            owed += sum(debt.cost for _, debt in limits.debts())
            clock.forward(ms=EFFECTS.per_ms // 10)
        assert (admitted, owed) == (12, 12)

    def test_counts_who_found_the_reserve_spent(self, limits: LocalLimits) -> None:
        assert limits.admit("org", [Charge(EFFECTS, "org", 12)]).admitted
        assert limits.exhausted == 0
        outcome = limits.admit("org", [Charge(EFFECTS, "org")])
        assert (outcome.violated, outcome.retry_after_ms) == (("effects",), EFFECTS.per_ms)
        assert limits.admit("org", [Charge(EFFECTS, "org", 0)]).admitted
        assert limits.exhausted == 1

    def test_may_have_no_reserve_at_all(self, clock: HandClock) -> None:
        none = LocalLimits(0.5, 0, 2, clock)
        assert not none.admit("org", [Charge(EFFECTS, "org")]).admitted
        assert none.admit("org", [Charge(EFFECTS, "org", 0)]).admitted


class TestLeases:
    def test_are_not_given_out(self, limits: LocalLimits) -> None:
        outcome = limits.admit("org", [Charge(SESSIONS, "org", 1, "a")])
        assert (outcome.violated, outcome.decisions[0].remaining) == (("sessions",), 0)
        assert limits.admit("org", [Charge(SESSIONS, "org", 0)]).admitted


class TestAll:
    def test_is_spent_or_nothing(self, limits: LocalLimits) -> None:
        both = [Charge(REQUESTS, "key"), Charge(EFFECTS, "org", 5)]
        assert [limits.admit("org", both).admitted for _ in range(3)] == [True, True, False]
        assert _admitted(limits, Charge(REQUESTS, "key"), 9) == 3
        assert _admitted(limits, Charge(EFFECTS, "org"), 9) == 2

    def test_stays_exact_between_threads(self, limits: LocalLimits) -> None:
        with ThreadPoolExecutor(8) as pool:
            tries = pool.map(lambda _: _admitted(limits, Charge(EFFECTS, "org"), 20), range(8))
            assert sum(tries) == 12


class TestDebts:
    def test_are_what_redis_would_still_count(self, limits: LocalLimits, clock: HandClock) -> None:
        limits.admit("org", [Charge(REQUESTS, "key", 5), Charge(EFFECTS, "org", 7)])
        limits.admit("other", [Charge(EFFECTS, "org", 2)])
        clock.forward(ms=150)  # one and a half of the five requests have drained
        assert sorted(limits.debts(), key=str) == [
            ("org", Charge(REQUESTS, "key", 4)),
            ("org", Charge(EFFECTS, "org", 7)),
            ("other", Charge(EFFECTS, "org", 2)),
        ]
        assert limits.debts() == []

    def test_are_none_once_all_has_drained(self, limits: LocalLimits, clock: HandClock) -> None:
        limits.admit("org", [Charge(REQUESTS, "key", 5)])
        clock.forward(ms=500)
        assert limits.debts() == []

    def test_follow_a_limit_that_was_changed_meanwhile(self, limits: LocalLimits) -> None:
        limits.admit("org", [Charge(REQUESTS, "key", 2)])
        wider = Rate("requests", quantity=100, per_ms=1000, burst=200)
        limits.admit("org", [Charge(wider, "key", 3)])
        # The debt is a time: the two that owed 200 ms owe twenty of the faster ones.
        assert limits.debts() == [("org", Charge(wider, "key", 20 + 3))]


class TestMemory:
    def test_is_bounded_and_frees_what_has_drained(self, clock: HandClock) -> None:
        limits = LocalLimits(0.5, 0.05, 2, clock, most=3)
        names = (f"key{n}" for n in count())
        for _ in range(3):
            assert limits.admit("org", [Charge(REQUESTS, next(names))]).admitted
        assert limits.admit("org", [Charge(REQUESTS, "key0")]).admitted
        refused = limits.admit("org", [Charge(REQUESTS, next(names))])
        assert (refused.admitted, refused.retry_after_ms) == (False, None)
        clock.forward(ms=1000)
        assert limits.admit("org", [Charge(REQUESTS, next(names))]).admitted


@pytest.mark.parametrize(
    ("fraction", "reserve", "processes"), [(0, 0, 1), (1.1, 0, 1), (1, -0.1, 1), (1, 0, 0)]
)
def test_refuses_parts_that_make_no_sense(fraction: float, reserve: float, processes: int) -> None:
    with pytest.raises(ValueError, match="No part of a limit"):
        LocalLimits(fraction, reserve, processes)


class TestAWindowThatOnlyRemembers:
    MEMORY = Window("effects", 10_000, 3_600_000, "effect", log="effects/h", refuses=False)

    def test_lets_everything_pass_and_tells_all_of_it(self, limits: LocalLimits) -> None:
        assert _admitted(limits, Charge(self.MEMORY, "key"), 2_000) == 2_000
        assert limits.debts() == [("org", Charge(self.MEMORY, "key", 2_000))]
        assert limits.debts() == []

    def test_becomes_a_limit_when_the_tier_does(self, limits: LocalLimits) -> None:
        limit = replace(self.MEMORY, quantity=500, refuses=True)
        assert _admitted(limits, Charge(self.MEMORY, "key"), 100) == 100
        assert _admitted(limits, Charge(limit, "key"), 100) == 12  # 500 × 0.05 / 2
        assert limits.debts() == [("org", Charge(limit, "key", 112))]
