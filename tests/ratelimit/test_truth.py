"""A wait that is told is true: whoever waits that long is admitted, whoever waits less is not."""

from random import Random

from redis import Redis

from ratelimit.headers import retry_after_s
from ratelimit.rules import Charge, Concurrency, Outcome, Rate, Window
from ratelimit.rules.admission import State, StateKey, admit
from ratelimit.store import Store
from tests.ratelimit.clock import HandClock
from tests.ratelimit.conftest import fresh_tag


def _policies(dice: Random) -> list[Rate | Window | Concurrency]:
    return [
        Rate("fast", dice.randint(1, 9), dice.randint(5, 3000), dice.randint(1, 5)),
        Rate("slow", dice.randint(1, 3), dice.randint(1000, 90_000), dice.randint(1, 4)),
        Window("window", dice.randint(1, 6), dice.randint(20, 60_000)),
        Concurrency("leases", dice.randint(1, 3), dice.randint(20, 9000)),
    ]


def _charges(dice: Random, policies: list[Rate | Window | Concurrency]) -> list[Charge]:
    charges = []
    for policy in dice.sample(policies, dice.randint(1, len(policies))):
        leases = isinstance(policy, Concurrency)
        cost = 1 if leases else dice.randint(1, policy.limit)
        charges.append(Charge(policy, "org", cost, f"l{dice.randrange(6)}" if leases else ""))
    return charges


class TestRetryAfter:
    def test_is_exact_on_random_histories_in_redis(self, client: Redis) -> None:
        dice, clock, refusals = Random(429), HandClock(), 0
        store = Store.over(client, clock)
        while refusals < 100:
            tag, policies = fresh_tag(), _policies(dice)
            outcome, charges = store.peek(tag, []), list[Charge]()
            while outcome.admitted:
                clock.forward(us=dice.randint(0, 3000))
                charges = _charges(dice, policies)
                outcome = store.admit(tag, charges)
            wait_ms = outcome.retry_after_ms
            assert wait_ms is not None
            start_us = clock.now_us
            clock.now_us = start_us + max(0, wait_ms - 10) * 1000
            assert not store.admit(tag, charges).admitted
            clock.now_us = start_us + (wait_ms - 1) * 1000
            assert not store.admit(tag, charges).admitted
            clock.now_us = start_us + wait_ms * 1000
            assert store.admit(tag, charges).admitted
            refusals += 1

    def test_is_exact_on_a_thousand_refusals_of_the_pure_rules(self) -> None:
        dice, now_us = Random(9110), HandClock().now_us
        for _ in range(1000):
            policies, states = _policies(dice), dict[StateKey, State]()
            outcome, charges = Outcome(True, (), now_us), list[Charge]()
            while outcome.admitted:
                now_us += dice.randint(0, 3000)
                charges = _charges(dice, policies)
                outcome, changed = admit(states, charges, now_us)
                states |= changed
            wait_ms, wait_s = outcome.retry_after_ms, retry_after_s(outcome)
            assert wait_ms is not None
            assert wait_s is not None
            assert not admit(states, charges, now_us + (wait_ms - 1) * 1000)[0].admitted
            assert admit(states, charges, now_us + wait_ms * 1000)[0].admitted
            assert admit(states, charges, now_us + wait_s * 1_000_000)[0].admitted
