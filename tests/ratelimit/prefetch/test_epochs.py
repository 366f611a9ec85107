"""What is held ends with the epoch that it was debited under."""

import pytest

from ratelimit.errors import StaleEpoch
from ratelimit.prefetch import PrefetchingStore
from ratelimit.protocol.wire import Epoch, Plan
from ratelimit.rules import Charge
from tests.ratelimit.clock import HandClock
from tests.ratelimit.prefetch.holding import HOLD_MS, WIDE, CountedStore, remaining


class TestAnEpoch:
    def test_is_compared_again_once_the_tag_is_forgotten(
        self, prefetching: PrefetchingStore, store: CountedStore, tag: str
    ) -> None:
        plan = Plan(tag, [Charge(WIDE, "key")])
        store.raise_epoch(tag, 7)
        for _ in range(20):
            assert prefetching.decide(plan, epoch=Epoch(7)).admitted
        store.raise_epoch(tag, 8)
        prefetching.forget(tag)
        with pytest.raises(StaleEpoch):
            prefetching.decide(plan, epoch=Epoch(7))
        assert prefetching.decide(plan, epoch=Epoch(8)).admitted
        prefetching.close()
        assert remaining(store, tag, WIDE) == WIDE.burst - 21

    def test_is_compared_again_when_the_hold_is_over(
        self, prefetching: PrefetchingStore, store: CountedStore, clock: HandClock, tag: str
    ) -> None:
        plan = Plan(tag, [Charge(WIDE, "key")])
        store.raise_epoch(tag, 7)
        for _ in range(20):
            prefetching.decide(plan, epoch=Epoch(7))
        store.raise_epoch(tag, 8)
        clock.forward(ms=HOLD_MS)
        with pytest.raises(StaleEpoch):
            prefetching.decide(plan, epoch=Epoch(7))

    def test_that_is_newer_than_what_is_held_asks_redis(
        self, prefetching: PrefetchingStore, store: CountedStore, tag: str
    ) -> None:
        plan = Plan(tag, [Charge(WIDE, "key")])
        for _ in range(5):
            prefetching.decide(plan, epoch=Epoch(7, fresh=True))
        assert store.asked == 5  # whoever has just read it publishes it
        for number in (7, 7, 8, 8):
            prefetching.decide(plan, epoch=Epoch(number))
        asked = store.asked
        prefetching.decide(plan, epoch=Epoch(9))
        assert store.asked == asked + 1
        assert store.raise_epoch(tag, 1) == 9

    def test_that_is_raised_during_a_debit_forgets_that_debit(
        self, prefetching: PrefetchingStore, store: CountedStore, tag: str
    ) -> None:
        plan = Plan(tag, [Charge(WIDE, "key")])
        store.meanwhile = lambda: prefetching.forget(tag)
        for _ in range(10):
            assert prefetching.decide(plan).admitted
        assert store.asked == 10
        prefetching.close()
        assert remaining(store, tag, WIDE) == WIDE.burst - 10

    def test_of_another_tag_changes_nothing(
        self, prefetching: PrefetchingStore, store: CountedStore, tag: str
    ) -> None:
        plan = Plan(tag, [Charge(WIDE, "key")])
        for _ in range(4):
            prefetching.decide(plan)  # 1, 2, then 1 of 4
        asked = store.asked
        prefetching.forget(f"{tag}x")
        for _ in range(3):
            prefetching.decide(plan)
        assert store.asked == asked
