"""Guarding an attempt: what it may take, whether anybody asks or not."""

from datetime import timedelta

import pytest

from jobs.execution.guard import Guard
from jobs.execution.limits import Limits
from jobs.execution.watch import Watch
from tests.conftest import Tenant
from tests.jobs.execution.test_company import Several, running
from tests.jobs.execution.test_watch import guarded
from tests.processes import eventually


class Greedy:
    """A hand that holds 100 bytes before its order, and more afterwards."""

    def __init__(self) -> None:
        self.held: int | None = 100
        self.killed = 0

    def tell(self, order: bytes) -> None:
        raise AssertionError("nobody orders anything")

    def hear(self, within_s: float) -> bytes | None:
        raise AssertionError("nobody asks it")

    def lives(self) -> bool:
        return not self.killed

    def memory_bytes(self) -> int | None:
        return self.held

    def kill(self) -> None:
        self.killed, self.held = self.killed + 1, 0

    def end(self) -> int:
        return 0


@pytest.mark.parametrize(
    ("held", "time_limit", "excess"),
    [
        (150, 60.0, None),
        (151, 60.0, "memory-limit-exceeded"),
        (100, 0.0, "time-limit-exceeded"),
        (151, 0.0, "memory-limit-exceeded"),
        (None, 60.0, None),  # which cannot be read
    ],
)
def test_a_limit_is_passed(held: int | None, time_limit: float, excess: str | None) -> None:
    hand = Greedy()
    guard = Guard(hand, Limits(timedelta(seconds=time_limit), 50))
    hand.held = held
    found = guard.excess()
    assert (found and found.code) == excess
    assert not hand.killed  # by one who is asked, and whose asker goes on


@pytest.mark.parametrize(
    ("held", "time_limit", "excess"),
    [(151, 60.0, "memory-limit-exceeded"), (100, 0.1, "time-limit-exceeded")],
)
def test_alone_it_kills_once_and_remembers_why(held: int, time_limit: float, excess: str) -> None:
    hand = Greedy()
    guard = Guard(hand, Limits(timedelta(seconds=time_limit), 50))
    guard.alone()
    guard.alone()
    hand.held = held
    assert eventually(lambda: hand.killed > 0, 1.0)
    guard.end()
    found = guard.excess()
    assert found
    assert (found.code, hand.killed) == (excess, 1)


def test_it_kills_nobody_after_its_end() -> None:
    hand = Greedy()
    guard = Guard(hand, Limits(timedelta(seconds=60), 50))
    guard.alone()
    guard.end()
    hand.held = 151
    assert not eventually(lambda: hand.killed > 0, 0.2)


@pytest.mark.django_db(transaction=True)
def test_it_stands_as_long_as_one_is_settled_and_another_goes_on(tenant: Tenant) -> None:
    limits = Limits(timedelta(seconds=60), 2**20)
    watch = Watch(running(tenant, 1, 2), Several(), limits, lambda: False)
    assert [guarded() for _ in watch.ends()] == [True, False]
