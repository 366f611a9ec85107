"""Whoever holds units, and whoever dies with them, never more than Redis allows is admitted."""

import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from hypothesis import example, given, settings
from hypothesis import strategies as st
from redis import Redis

from ratelimit.prefetch import PrefetchingStore
from ratelimit.protocol.wire import Plan
from ratelimit.rules import Charge, Rate
from ratelimit.store import Store
from tests.ratelimit.clock import HandClock
from tests.ratelimit.conftest import fresh_tag
from tests.ratelimit.prefetch.holding import HOLD_MS, prefetching_over
from tests.ratelimit.prefetch.prefetchers import RATE, plan


class TestNobody:
    @settings(max_examples=40, deadline=None)
    @given(
        quantity=st.integers(1, 40),
        per_ms=st.integers(1, 400),
        burst=st.integers(8, 250),
        steps=st.lists(
            st.tuples(
                st.sampled_from(["one", "two", "exact", "close one", "close two"]),
                st.sampled_from([1, 5, 32, 250]),
                st.sampled_from([0, 0, 1, 20, 50, 200]),
            ),
            max_size=12,
        ),
    )
    # What was held has drained when it is given back: it must not pay for what came since.
    @example(
        32, 100, 200, [("one", 32, 0), ("exact", 250, 200), ("close one", 1, 0), ("exact", 250, 0)]
    )
    def test_is_admitted_beyond_burst_and_drain_in_any_interleaving(
        self,
        client: Redis,
        quantity: int,
        per_ms: int,
        burst: int,
        steps: list[tuple[str, int, int]],
    ) -> None:
        clock, rate = HandClock(), Rate("any", quantity, per_ms, burst)
        plan = Plan(fresh_tag(), [Charge(rate, "key")])
        store = Store.over(client, clock)
        prefetching = {"one": prefetching_over(store, clock), "two": prefetching_over(store, clock)}
        times: list[int] = []
        for what, tries, passed_ms in steps:
            clock.forward(ms=passed_ms)
            if what.startswith("close"):
                prefetching[what.removeprefix("close ")].close()
                continue
            asked: PrefetchingStore | Store = prefetching.get(what, store)
            times += [clock.now_us for _ in range(tries) if asked.decide(plan).admitted]
        for each in prefetching.values():
            each.close()
        counted = sorted(Counter(times).items())
        for first, (start_us, _) in enumerate(counted):
            units = 0
            for at_us, admitted in counted[first:]:
                units += admitted
                # What was debited at most `HOLD_MS` before may be used now.
                span_us = at_us - start_us + HOLD_MS * 1000
                assert (units - burst) * per_ms * 1000 <= quantity * span_us

    def test_is_admitted_twice_by_threads(self, redis_url: str, tag: str) -> None:
        store = Store(redis_url, timeout_s=30)
        prefetching = PrefetchingStore(store)
        asked = plan(tag)

        def race(_: int) -> int:
            return sum(prefetching.decide(asked).admitted for _ in range(70))

        with ThreadPoolExecutor(8) as pool:
            admitted = sum(pool.map(race, range(8)))
        prefetching.close()
        # Less than one unit may have drained while it was held, and stays spent.
        assert RATE.burst - 1 <= admitted + _left(redis_url, tag) <= RATE.burst
        store.close()

    def test_is_admitted_twice_by_processes(self, redis_url: str, tag: str) -> None:
        started = [_prefetcher(redis_url, tag, processes=4, tries=40) for _ in range(4)]
        admitted = sum(len(each.communicate(timeout=60)[0]) for each in started)
        # Less than one unit may have drained while it was held, and stays spent.
        assert RATE.burst - 1 <= admitted + _left(redis_url, tag) <= RATE.burst

    def test_is_admitted_by_what_a_killed_process_held(self, redis_url: str, tag: str) -> None:
        process = _prefetcher(redis_url, tag, processes=1, tries=1_000_000)
        assert process.stdout
        admitted = len(process.stdout.read(100))
        process.kill()
        admitted += len(process.communicate(timeout=10)[0])
        admitted += _left(redis_url, tag)
        assert 100 <= admitted <= RATE.burst  # what it held is lost


def _prefetcher(url: str, tag: str, *, processes: int, tries: int) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "tests.ratelimit.prefetch.prefetchers", url, tag]
    return subprocess.Popen([*command, str(processes), str(tries)], stdout=subprocess.PIPE)


def _left(url: str, tag: str) -> int:
    store = Store(url, timeout_s=10)
    left = store.peek(tag, plan(tag).charges).decisions[0].remaining
    store.close()
    return left
