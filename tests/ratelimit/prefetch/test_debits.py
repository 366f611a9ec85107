"""Units debited ahead: seldom asked for, and truthful to the very limit."""

from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

import pytest
from redis import Redis

from ratelimit.prefetch import PrefetchingStore
from ratelimit.protocol.wire import Answer, Plan, Seen
from ratelimit.rules import Charge, Concurrency, Rate, Window
from ratelimit.store import Store
from tests.ratelimit.clock import HandClock
from tests.ratelimit.conftest import fresh_tag
from tests.ratelimit.prefetch.holding import (
    HOLD_MS,
    NARROW,
    WIDE,
    CountedStore,
    prefetching_over,
    remaining,
)


class TestABusyPlan:
    def test_asks_redis_seldom(
        self, prefetching: PrefetchingStore, store: CountedStore, tag: str
    ) -> None:
        plan = Plan(tag, [Charge(WIDE, "key"), Charge(Rate("other", 1, 60_000, 500), "org")])
        assert all(prefetching.decide(plan).admitted for _ in range(200))
        assert store.asked <= 10

    def test_tells_what_redis_said_and_what_is_held(
        self, prefetching: PrefetchingStore, client: Redis, clock: HandClock, tag: str
    ) -> None:
        plan = Plan(tag, [Charge(WIDE, "key", 2), Charge(NARROW, "org", 0)])
        exact = Store.over(client, clock)
        twin = Plan(fresh_tag(), plan.charges)
        for _ in range(100):
            assert prefetching.decide(plan).fields() == exact.decide(twin).fields()

    def test_ends_at_the_very_limit(
        self, prefetching: PrefetchingStore, client: Redis, clock: HandClock, tag: str
    ) -> None:
        plan, exact = Plan(tag, [Charge(NARROW, "key")]), Store.over(client, clock)
        twin = Plan(fresh_tag(), plan.charges)
        outcomes = [prefetching.decide(plan).outcome for _ in range(25)]
        assert outcomes == [exact.decide(twin).outcome for _ in range(25)]
        assert sum(outcome.admitted for outcome in outcomes) == NARROW.burst

    def test_is_debited_by_one_thread_for_all(
        self, store: CountedStore, clock: HandClock, tag: str
    ) -> None:
        prefetching = prefetching_over(store, clock, patience_ms=30_000)
        plan = Plan(tag, [Charge(WIDE, "key")])
        assert prefetching.decide(plan).admitted  # now the next is a debit of two
        began = Event()
        others: list[Future[Answer]] = []

        def another() -> Answer:
            began.set()
            return prefetching.decide(plan)

        def meanwhile() -> None:
            store.meanwhile = lambda: None
            others.append(pool.submit(another))
            assert began.wait(30)

        with ThreadPoolExecutor(1) as pool:
            store.meanwhile = meanwhile
            assert prefetching.decide(plan).admitted
            assert others[0].result().admitted
        assert store.asked == 2
        prefetching.close()

    def test_leaves_most_to_the_other_processes(
        self, store: CountedStore, clock: HandClock, tag: str
    ) -> None:
        prefetching = prefetching_over(store, clock, processes=10)
        plan = Plan(tag, [Charge(WIDE, "key")])
        for used in range(1, 200):
            assert prefetching.decide(plan).admitted
            held = WIDE.burst - used - remaining(store, tag, WIDE)
            assert 0 <= held <= WIDE.burst / 4 / 10
        prefetching.close()

    def test_asks_each_time_when_calls_are_rare(
        self, prefetching: PrefetchingStore, store: CountedStore, clock: HandClock, tag: str
    ) -> None:
        plan = Plan(tag, [Charge(WIDE, "key")])
        for _ in range(20):
            prefetching.decide(plan)
            clock.forward(ms=2 * HOLD_MS + 1)
        assert store.asked == 20
        assert remaining(store, tag, WIDE) == WIDE.burst - 20

    def test_debits_as_many_as_were_used_before(
        self, prefetching: PrefetchingStore, store: CountedStore, clock: HandClock, tag: str
    ) -> None:
        plan = Plan(tag, [Charge(WIDE, "key")])
        for _ in range(20):
            for _ in range(10):
                prefetching.decide(plan)
            clock.forward(ms=HOLD_MS)
        assert store.asked <= 20 * 3
        prefetching.close()
        # What may have drained while it was held stays spent: here far less than a unit.
        assert WIDE.burst - 201 <= remaining(store, tag, WIDE) <= WIDE.burst - 200


class TestWhatIsNotHeld:
    @pytest.mark.parametrize(
        "charges",
        [
            [Charge(WIDE, "key"), Charge(Window("window", 500, 60_000), "org")],
            [Charge(WIDE, "key"), Charge(Concurrency("leases", 500, 60_000), "org", 1, "a")],
            [Charge(WIDE, "key", 0)],
            [],
        ],
        ids=["window", "lease", "no cost", "nothing"],
    )
    def test_is_decided_in_redis(
        self, prefetching: PrefetchingStore, store: CountedStore, tag: str, charges: list[Charge]
    ) -> None:
        plan = Plan(tag, charges)
        assert all(prefetching.decide(plan).admitted for _ in range(20))
        assert store.asked == 20

    def test_is_only_looked_at(
        self, prefetching: PrefetchingStore, store: CountedStore, tag: str
    ) -> None:
        plan = Plan(tag, [Charge(WIDE, "key")], spend=False)
        for _ in range(20):
            assert prefetching.decide(plan).outcome.decisions[0].remaining == WIDE.burst
        assert store.asked == 20


class TestSeen:
    def test_members_are_looked_up_until_they_are_known(
        self, prefetching: PrefetchingStore, store: CountedStore, tag: str
    ) -> None:
        plan = Plan(tag, [Charge(WIDE, "key")])
        both, other = Seen("may", [b"u1", b"u2"]), Seen("june", [b"u1"])
        for _ in range(3):
            assert prefetching.decide(plan, seen=both).unseen == (b"u1", b"u2")
        assert store.asked == 3
        store.mark_seen(tag, "may", [b"u1", b"u2"], ttl_ms=60_000)
        assert prefetching.decide(plan, seen=both).unseen == ()
        asked = store.asked
        for _ in range(30):
            assert prefetching.decide(plan, seen=both).unseen == ()
        assert store.asked <= asked + 6
        assert prefetching.decide(plan, seen=other).unseen == (b"u1",)
        assert prefetching.decide(plan, seen=Seen("may", [b"u1", b"u3"])).unseen == (b"u3",)
