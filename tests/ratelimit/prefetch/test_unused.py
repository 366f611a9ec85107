"""What was debited ahead and not used is given back, by its own process, and else lost."""

import os
import time

import pytest

from ratelimit.errors import RedisAway
from ratelimit.prefetch import PrefetchingStore
from ratelimit.protocol.wire import Plan
from ratelimit.rules import Charge
from ratelimit.store import Store
from tests.ratelimit.clock import HandClock
from tests.ratelimit.prefetch.holding import (
    HOLD_MS,
    NARROW,
    WIDE,
    CountedStore,
    prefetching_over,
    remaining,
)
from tests.ratelimit.servers import RedisServer


class TestWhatIsUnused:
    def test_is_not_used_after_its_time(
        self, prefetching: PrefetchingStore, store: CountedStore, clock: HandClock, tag: str
    ) -> None:
        plan = Plan(tag, [Charge(WIDE, "key")])
        for _ in range(5):
            prefetching.decide(plan)  # 1, 2, then 2 of 4
        clock.forward(ms=HOLD_MS - 1)
        asked = store.asked
        prefetching.decide(plan)
        assert store.asked == asked
        clock.forward(ms=1)
        prefetching.decide(plan)
        assert store.asked == asked + 1

    def test_is_given_back(
        self, prefetching: PrefetchingStore, store: CountedStore, clock: HandClock, tag: str
    ) -> None:
        plan = Plan(tag, [Charge(WIDE, "key", 3), Charge(NARROW, "org", 0)])
        for _ in range(20):
            prefetching.decide(plan)
        assert remaining(store, tag, WIDE) < WIDE.burst - 20 * 3
        clock.forward(ms=HOLD_MS)
        prefetching.close()
        assert remaining(store, tag, WIDE) == WIDE.burst - 20 * 3

    def test_is_given_back_by_itself(self, redis_url: str, tag: str) -> None:
        store = Store(redis_url, timeout_s=10)
        prefetching = PrefetchingStore(store, hold_ms=5)
        plan = Plan(tag, [Charge(WIDE, "key")])
        for _ in range(100):
            prefetching.decide(plan)
        deadline = time.monotonic() + 10
        while remaining(store, tag, WIDE) != WIDE.burst - 100:
            assert time.monotonic() < deadline
            time.sleep(0.005)
        prefetching.close()
        store.close()

    def test_is_lost_when_redis_is_away(self, mortal: RedisServer, tag: str) -> None:
        clock = HandClock()
        store = Store(mortal.url, timeout_s=10)
        prefetching = prefetching_over(store, clock)
        plan = Plan(tag, [Charge(WIDE, "key")])
        for _ in range(5):
            assert prefetching.decide(plan).admitted  # 1, 2, then 2 of 4
        mortal.kill()
        assert prefetching.decide(plan).admitted
        assert prefetching.decide(plan).admitted
        with pytest.raises(RedisAway):
            prefetching.decide(plan)
        clock.forward(ms=HOLD_MS)
        prefetching.close()
        mortal.start()
        assert prefetching.decide(plan).admitted
        prefetching.close()
        store.close()


class TestAFork:
    def test_leaves_what_is_held_to_the_parent(self, mortal: RedisServer, tag: str) -> None:
        store = Store(mortal.url, timeout_s=10)
        prefetching = PrefetchingStore(store, hold_ms=10_000)
        plan = Plan(tag, [Charge(WIDE, "key")])
        admitted = sum(prefetching.decide(plan).admitted for _ in range(40))  # 23 are held
        child = os.fork()
        if child == 0:
            for _ in range(23):
                prefetching.decide(plan)
            prefetching.close()
            os._exit(0)
        os.waitpid(child, 0)
        admitted += 23 + sum(prefetching.decide(plan).admitted for _ in range(23))
        prefetching.close()
        assert remaining(store, tag, WIDE) == WIDE.burst - admitted
        store.close()
