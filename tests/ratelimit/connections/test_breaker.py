"""The circuit breaker, on a clock moved by hand."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from ratelimit.connections.breaker import CLOSED, HALF_OPEN, OPEN, Breaker
from ratelimit.errors import RedisAway


class _Seconds:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> _Seconds:
    return _Seconds()


@pytest.fixture
def breaker(seconds: _Seconds) -> Breaker:
    return Breaker(failures=3, probe_every_s=0.25, clock=seconds)


def _may_try(breaker: Breaker) -> bool:
    try:
        breaker.check()
    except RedisAway:
        return False
    return True


def _open(breaker: Breaker) -> None:
    for _ in range(3):
        breaker.failed()


class TestBreaker:
    def test_opens_after_three_failures_in_a_row(self, breaker: Breaker) -> None:
        for _ in range(5):
            breaker.failed()
            breaker.failed()
            breaker.succeeded()
        assert (breaker.state, _may_try(breaker)) == (CLOSED, True)
        _open(breaker)
        assert (breaker.state, _may_try(breaker), breaker.opened) == (OPEN, False, 1)

    def test_lets_one_caller_probe_and_refuses_the_others(
        self, breaker: Breaker, seconds: _Seconds
    ) -> None:
        _open(breaker)
        seconds.now += 0.25
        assert breaker.state == HALF_OPEN
        assert [_may_try(breaker) for _ in range(4)] == [True, False, False, False]
        assert breaker.refused == 3

    def test_lets_one_of_many_threads_probe(self, breaker: Breaker, seconds: _Seconds) -> None:
        _open(breaker)
        seconds.now += 0.25
        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(lambda _: _may_try(breaker), range(200))) == 1
        assert breaker.refused == 199

    def test_closes_when_the_probe_succeeds(self, breaker: Breaker, seconds: _Seconds) -> None:
        _open(breaker)
        seconds.now += 0.25
        breaker.check()
        breaker.succeeded()
        assert (breaker.state, _may_try(breaker), _may_try(breaker)) == (CLOSED, True, True)
        breaker.failed()
        assert breaker.state == CLOSED  # it takes three again

    def test_waits_again_when_the_probe_fails(self, breaker: Breaker, seconds: _Seconds) -> None:
        _open(breaker)
        seconds.now += 0.25
        breaker.check()
        seconds.now += 0.125
        breaker.failed()
        seconds.now += 0.125
        assert not _may_try(breaker)
        seconds.now += 0.125
        assert _may_try(breaker)
        assert breaker.opened == 1

    def test_probes_again_when_a_probe_never_reports(
        self, breaker: Breaker, seconds: _Seconds
    ) -> None:
        _open(breaker)
        seconds.now += 0.25
        breaker.check()
        seconds.now += 0.25
        assert _may_try(breaker)
