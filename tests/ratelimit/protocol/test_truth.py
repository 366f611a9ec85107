"""A wait that is told is true: whoever waits that long is admitted, whoever waits less is not."""

from random import Random
from typing import Any

import pytest
from redis import Redis

from ratelimit.headers import retry_after_s
from ratelimit.protocol.calls import Call
from ratelimit.protocol.wire import Plan
from ratelimit.rules import Charge, Concurrency, Policy, Rate, Window
from ratelimit.rules.admission import State, StateKey, admit
from tests.ratelimit.clock import NOW_US
from tests.ratelimit.conftest import fresh_tag
from tests.ratelimit.protocol.flights import by_function, load

TOGETHER = 50


class Refusal:
    """A random history that ends with a refusal, and probes of the wait that it tells."""

    def __init__(self, dice: Random) -> None:
        self._dice = dice
        self._policies = self._some_policies()
        self._tag, self._now_us = fresh_tag(), NOW_US
        self._states: dict[StateKey, State] = {}
        self._plans: list[Plan] = []
        self.calls: list[Call] = []
        while self._admits(self._some_charges()):
            self._now_us += dice.randint(0, 3000)
        self._probe()

    def check(self, replies: list[Any]) -> None:
        """Redis told the same wait, and meant it."""
        answers = [plan.read(reply) for plan, reply in zip(self._plans, replies, strict=True)]
        *before, refused, ten_early, one_early, in_time = answers
        assert all(answer.admitted for answer in before)
        assert refused.outcome.retry_after_ms == self.wait_ms
        told = [refused.admitted, ten_early.admitted, one_early.admitted, in_time.admitted]
        assert told == [False, False, False, True]

    def _admits(self, charges: list[Charge]) -> bool:
        outcome, changed = admit(self._states, charges, self._now_us)
        self._states |= changed
        self._refused, self._outcome = charges, outcome
        self._ask(self._now_us)
        return outcome.admitted

    def _probe(self) -> None:
        wait_ms, wait_s = self._outcome.retry_after_ms, retry_after_s(self._outcome)
        assert wait_ms is not None
        assert wait_s is not None
        for later_ms in (max(0, wait_ms - 10), wait_ms - 1, wait_ms):
            self._ask(self._now_us + later_ms * 1000)
            assert self._passes(later_ms) == (later_ms == wait_ms)
        assert self._passes(wait_s * 1000)
        self.wait_ms = wait_ms

    def _passes(self, later_ms: int) -> bool:
        return admit(self._states, self._refused, self._now_us + later_ms * 1000)[0].admitted

    def _ask(self, now_us: int) -> None:
        plan = Plan(self._tag, self._refused)
        self._plans.append(plan)
        self.calls.append(plan.call(now_us=now_us))

    def _some_policies(self) -> list[Policy]:
        number, few = self._dice.randint, self._dice.random() < 0.5
        return [
            Rate("fast", number(1, 9), number(5, 3000), number(1, 5), few_subjects=few),
            Rate("slow", number(1, 3), number(1000, 90_000), number(1, 4)),
            Window("window", number(1, 6), number(20, 60_000), few_subjects=not few),
            Concurrency("leases", number(1, 3), number(20, 9000)),
        ]

    def _some_charges(self) -> list[Charge]:
        dice, charges = self._dice, []
        for policy in dice.sample(self._policies, dice.randint(1, len(self._policies))):
            if isinstance(policy, Concurrency):
                charges.append(Charge(policy, "org", 1, f"l{dice.randrange(6)}"))
            else:
                charges.append(Charge(policy, "org", dice.randint(1, policy.limit)))
        return charges


def _hold(client: Redis, refusals: int) -> None:
    dice = Random(429)
    load(client)
    for _ in range(refusals // TOGETHER):
        played = [Refusal(dice) for _ in range(TOGETHER)]
        replies = by_function(client, [call for each in played for call in each.calls])
        for each in played:
            each.check(replies[: len(each.calls)])
            del replies[: len(each.calls)]


class TestRetryAfter:
    def test_is_exact_on_random_histories(self, client: Redis) -> None:
        _hold(client, 200)

    @pytest.mark.soak
    def test_is_exact_on_ten_thousand_of_them(self, client: Redis) -> None:
        _hold(client, 10_000)
