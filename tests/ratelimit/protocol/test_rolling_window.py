"""The rolling window in Redis and in the pure rules, against an oracle that forgets nothing."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redis import Redis

from ratelimit.protocol import calls
from ratelimit.protocol.calls import Call
from ratelimit.protocol.wire import Plan
from ratelimit.rules import Charge, Window
from ratelimit.rules.admission import State, StateKey, admit, refund
from tests.ratelimit.clock import NOW_US
from tests.ratelimit.conftest import fresh_tag
from tests.ratelimit.protocol.flights import by_function, load

# A schedule is a text of bytes, so that a hundred thousand of them are drawn in a minute. Its steps
# meet the edges of windows of one to five milliseconds, and miss them by a microsecond.
STEPS_US = [0, 0, 1, 333, 500, 999, 1000, 1001, 1999, 2000, 2001, 2999, 3000, 3001, 4999, 5000]
TOGETHER = 20
SCHEDULES = st.lists(st.binary(min_size=8, max_size=26), min_size=TOGETHER, max_size=TOGETHER)


class Seen(NamedTuple):
    """What one try was told."""

    admitted: bool
    used: int
    retry_after_ms: int | None


class Oracle:
    """Remembers every charge ever admitted, and counts them anew each time."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.charges: list[tuple[int, int, int]] = []
        self.serial = 0

    def attempt(self, now_us: int, cost: int) -> Seen:
        used, limit = self._used(now_us), self.window.quantity
        if used + cost <= limit:
            self.serial += 1
            self.charges.append((now_us, self.serial, cost))
            return Seen(True, used + cost, 0)
        if cost > limit:
            return Seen(False, used, None)
        wait_ms = 1
        while self._used(now_us + wait_ms * 1000) + cost > limit:
            wait_ms += 1
        return Seen(False, used, wait_ms)

    def undo_latest(self) -> str:
        """The id of the latest charge, which from now on was never made."""
        return "-".join(map(str, self.charges.pop())) if self.charges else f"{NOW_US}-99-1"

    def _used(self, now_us: int) -> int:
        period_us = self.window.per_ms * 1000
        return sum(cost for at, _, cost in self.charges if now_us - at < period_us)


class Schedule:
    """One schedule, played to the oracle and to the pure rules, and written down for Redis."""

    def __init__(self, text: bytes) -> None:
        few = text[0] >= 128
        self.window = Window("any", 1 + text[0] % 12, 1 + text[1] % 5, few_subjects=few)
        self.expected: list[Seen | None] = []
        self.plans: list[Plan | None] = []
        self.calls: list[Call] = []
        self._oracle = Oracle(self.window)
        self._states: dict[StateKey, State] = {}
        self._tag = fresh_tag()
        self._plans = [Plan(self._tag, [Charge(self.window, "org", cost)]) for cost in range(1, 5)]
        now_us = NOW_US
        for byte in text[2:]:
            now_us += STEPS_US[byte % 16]
            if byte >= 224:
                self._undo(now_us)
            else:
                self._attempt(now_us, 1 + byte // 16 % 4)

    def _attempt(self, now_us: int, cost: int) -> None:
        told = self._oracle.attempt(now_us, cost)
        plan = self._plans[cost - 1]
        outcome, changed = admit(self._states, plan.charges, now_us)
        self._states |= changed
        (decision,) = outcome.decisions
        assert (decision.admitted, decision.used, decision.retry_after_ms) == told
        self._fly(plan.call(now_us=now_us), plan, told)

    def _undo(self, now_us: int) -> None:
        charge_id = self._oracle.undo_latest()
        self._states |= refund(self._states, self.window, "org", charge_id, now_us)
        self._fly(calls.refund(self._tag, self.window, "org", charge_id, now_us), None, None)

    def _fly(self, call: Call, plan: Plan | None, told: Seen | None) -> None:
        self.calls.append(call)
        self.plans.append(plan)
        self.expected.append(told)

    def check(self, replies: Iterator[Any]) -> None:
        for plan, told in zip(self.plans, self.expected, strict=True):
            reply = next(replies)
            if plan:
                (decision,) = plan.read(reply).outcome.decisions
                assert (decision.admitted, decision.used, decision.retry_after_ms) == told


def _agree(client: Redis, schedules: int) -> None:
    load(client)

    @settings(max_examples=schedules // TOGETHER, deadline=None, database=None)
    @given(SCHEDULES)
    def check(texts: list[bytes]) -> None:
        played = [Schedule(text) for text in texts]
        replies = iter(by_function(client, [call for each in played for call in each.calls]))
        for each in played:
            each.check(replies)

    check()


class TestTheRollingWindow:
    def test_agrees_with_an_oracle_that_forgets_nothing(self, client: Redis) -> None:
        _agree(client, 500)

    @pytest.mark.soak
    def test_agrees_with_it_on_a_hundred_thousand_schedules(self, client: Redis) -> None:
        _agree(client, 100_000)
