"""What is simulated is what then happens, whatever the limits and whatever was spent before."""

from collections.abc import Iterator
from random import Random

import pytest
from django.conf import settings
from redis import Redis

from gateway.admission.simulation import as_asked, patient, steps
from ratelimit.rules import Charge, Concurrency, Policy, Rate, Window
from ratelimit.store import Store
from tests.ratelimit.clock import HandClock
from tests.ratelimit.conftest import fresh_tag

BURST = Rate("requests", quantity=1, per_ms=2_000, burst=5)
HOURLY = Window("effects", quantity=3, per_ms=3_600_000)


@pytest.fixture(scope="module")
def client() -> Iterator[Redis]:
    with Redis.from_url(settings.REDIS_URL) as found:
        yield found


def policies(dice: Random) -> list[Policy]:
    return [
        Rate("fast", dice.randint(1, 9), dice.randint(5, 3_000), dice.randint(1, 5)),
        Rate("slow", dice.randint(1, 3), dice.randint(1_000, 90_000), dice.randint(1, 4)),
        Window("window", dice.randint(1, 6), dice.randint(20, 60_000)),
        Concurrency("places", dice.randint(1, 3), dice.randint(20, 9_000)),
    ]


def charges(dice: Random, known: list[Policy], lease_id: str) -> list[Charge]:
    return [
        Charge(each, "org", 1 if isinstance(each, Concurrency) else dice.randint(0, 3), lease_id)
        for each in dice.sample(known, dice.randint(1, len(known)))
    ]


def real(owed: list[Charge], number: int) -> list[Charge]:
    return [each._replace(lease_id=str(number)) for each in owed]


class TestASimulation:
    def test_comes_true_on_random_histories(self, client: Redis) -> None:
        dice, clock = Random(2026), HandClock()
        store, refusals = Store.over(client, clock), 0
        while refusals < 200:
            tag, known = fresh_tag(), policies(dice)
            for number in range(dice.randint(0, 8)):
                store.admit(tag, charges(dice, known, f"before-{number}"))
                clock.forward(us=dice.randint(0, 900_000))
            owed = charges(dice, known, "one")
            times = sorted(dice.randint(0, 8_000) for _ in range(dice.randint(1, 12)))
            states, start_us = store.snapshot(tag, owed)
            for number, call in enumerate(as_asked(states, owed, times, start_us)):
                clock.now_us = start_us + call.at_ms * 1_000
                outcome = store.admit(tag, real(owed, number))
                assert (outcome.admitted, outcome.violated) == (call.admitted, call.violated)
                wait_ms = outcome.retry_after_ms
                assert call.passes_at_ms == (None if wait_ms is None else call.at_ms + wait_ms)
                refusals += not outcome.admitted

    def test_of_a_patient_client_comes_true_to_the_millisecond(self, client: Redis) -> None:
        dice, clock = Random(1887), HandClock()
        store, refusals = Store.over(client, clock), 0
        while refusals < 200:
            tag, owed = fresh_tag(), charges(dice, policies(dice), "one")
            times = sorted(dice.randint(0, 3_000) for _ in range(dice.randint(1, 12)))
            states, start_us = store.snapshot(tag, owed)
            for number, call in enumerate(patient(states, owed, times, start_us)):
                if call.passes_at_ms is None:
                    continue
                if not call.admitted:
                    clock.now_us = start_us + (call.passes_at_ms - 1) * 1_000
                    assert not store.admit(tag, real(owed, number)).admitted
                    refusals += 1
                clock.now_us = start_us + call.passes_at_ms * 1_000
                assert store.admit(tag, real(owed, number)).admitted

    def test_changes_nothing(self, client: Redis) -> None:
        store, tag = Store.over(client, HandClock()), fresh_tag()
        owed = [Charge(BURST, "org"), Charge(HOURLY, "org")]
        store.admit(tag, owed)
        states, now_us = store.snapshot(tag, owed)
        as_asked(states, owed, [0] * 9, now_us)
        patient(states, owed, [0] * 9, now_us)
        assert store.snapshot(tag, owed) == (states, now_us)


class TestTimelines:
    def test_of_ten_at_once_let_a_burst_pass_and_the_patient_all(self) -> None:
        owed, times = [Charge(BURST, "org")], [0] * 10
        asked = as_asked({}, owed, times, now_us=10**15)
        assert [call.admitted for call in asked] == [True] * 5 + [False] * 5
        assert {call.passes_at_ms for call in asked[5:]} == {2_000}
        waited = patient({}, owed, times, now_us=10**15)
        passes = [call.passes_at_ms for call in waited]
        assert passes == [0] * 5 + [2_000, 4_000, 6_000, 8_000, 10_000]
        assert [call.at_ms for call in waited[5:]] == [0, 2_000, 4_000, 6_000, 8_000]

    def test_at_the_sustained_rate_refuse_nothing(self) -> None:
        times = [number * 2_000 for number in range(50)]
        assert all(call.admitted for call in as_asked({}, [Charge(BURST, "o")], times, 10**15))

    def test_name_every_limit_that_refuses(self) -> None:
        owed = [Charge(BURST, "org", 5), Charge(HOURLY, "org", 3)]
        _, second = as_asked({}, owed, [0, 0], now_us=10**15)
        assert second.violated == ("requests", "effects")
        assert second.passes_at_ms == 3_600_000

    def test_of_what_costs_more_than_a_limit_never_end(self) -> None:
        owed = [Charge(HOURLY, "org", 4)]
        for play in (as_asked, patient):
            assert [call.passes_at_ms for call in play({}, owed, [0, 5], 10**15)] == [None, None]


def test_the_work_is_foreseen() -> None:
    assert steps({}, 1_000) == 1_000_000
