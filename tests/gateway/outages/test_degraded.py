"""What was spent while Redis was away reaches it afterwards: all of it, and in portions."""

import secrets
from collections.abc import Iterator
from typing import Any

import pytest

from gateway import stores
from gateway.callers import unauthenticated
from gateway.outages import degraded
from ratelimit.local import LocalLimits
from ratelimit.rules import Charge, Rate
from tenants.limits import Strictness
from tests.gateway.away import redis_at

SLOW = Rate("requests", quantity=1, per_ms=600_000, burst=4)
NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture
def limits(settings: Any) -> Iterator[LocalLimits]:
    """This process's part of each limit, and nothing owed by other tests."""
    while degraded.owes():
        degraded.settle()
    settings.GATE_DEGRADED_FRACTION, settings.GATE_PROCESSES = 0.5, 1
    degraded.local.cache_clear()
    yield degraded.local()
    while degraded.owes():
        degraded.settle()
    degraded.local.cache_clear()


@pytest.fixture
def tag() -> str:
    return f"org_{secrets.token_hex(8)}"


def spend(tag: str, subjects: int) -> list[Charge]:
    charges = [Charge(SLOW, f"live:user:{number}") for number in range(subjects)]
    for charge in charges:
        assert degraded.decide(tag, [charge], Strictness.BALANCED).admitted
    return charges


def used(tag: str, charges: list[Charge]) -> int:
    return sum(stores.store().peek(tag, [each]).decisions[0].used for each in charges)


def test_a_call_charges_some_of_many_debts_and_the_next_ones_the_rest(
    limits: LocalLimits, tag: str
) -> None:
    charges = spend(tag, degraded.MOST_AT_ONCE + 5)
    degraded.settle()
    assert used(tag, charges) == degraded.MOST_AT_ONCE
    assert degraded.owes()
    degraded.settle()
    assert used(tag, charges) == len(charges)
    assert not degraded.owes()


def test_debts_outlast_a_redis_that_goes_away_again(limits: LocalLimits, tag: str) -> None:
    charges = spend(tag, 3)
    with redis_at(NOWHERE):
        degraded.settle()
    assert degraded.owes()
    degraded.settle()
    assert used(tag, charges) == 3


def test_unauthenticated_calls_take_no_room_of_the_organisations(limits: LocalLimits) -> None:
    with redis_at(NOWHERE):
        unauthenticated.attempt(unauthenticated.UNKNOWN_KEYS, "198.51.100.1", now_us=0)
    assert limits.debts() == []
