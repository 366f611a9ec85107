"""Units debited ahead: never more than Redis allows, truthful, and given back."""

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from redis import Redis

from ratelimit.errors import RedisAway, StaleEpoch
from ratelimit.prefetch import PrefetchingStore
from ratelimit.protocol.wire import Answer, Epoch, Plan, Seen
from ratelimit.rules import Charge, Concurrency, Rate, Window
from ratelimit.store import Store
from tests.ratelimit.clock import HandClock
from tests.ratelimit.conftest import fresh_tag
from tests.ratelimit.prefetch.prefetchers import RATE, plan
from tests.ratelimit.servers import RedisServer

WIDE = Rate("wide", quantity=1, per_ms=60_000, burst=1000)
NARROW = Rate("narrow", quantity=1, per_ms=60_000, burst=20)
HOLD_MS = 50


class _Counted(Store):
    """Counts what reaches Redis, and does something on the way."""

    asked = 0
    meanwhile: Callable[[], None] = staticmethod(lambda: None)

    def decide(self, plan: Plan, *, seen: Seen | None = None, epoch: Epoch | None = None) -> Answer:
        self.asked += 1
        answer = super().decide(plan, seen=seen, epoch=epoch)
        self.meanwhile()
        return answer


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def store(client: Redis, clock: HandClock) -> _Counted:
    return _Counted.over(client, clock)


@pytest.fixture
def prefetching(store: Store, clock: HandClock) -> Iterator[PrefetchingStore]:
    found = _prefetching(store, clock)
    yield found
    found.close()


def _prefetching(
    store: Store, clock: HandClock, processes: int = 1, patience_ms: int = 5
) -> PrefetchingStore:
    return PrefetchingStore(
        store,
        processes=processes,
        hold_ms=HOLD_MS,
        patience_ms=patience_ms,
        clock=lambda: clock.now_us / 1_000_000,
    )


def _remaining(store: Store, tag: str, rate: Rate) -> int:
    return store.peek(tag, [Charge(rate, "key", 0)]).decisions[0].remaining


class TestABusyPlan:
    def test_asks_redis_seldom(
        self, prefetching: PrefetchingStore, store: _Counted, tag: str
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
        self, store: _Counted, clock: HandClock, tag: str
    ) -> None:
        prefetching = _prefetching(store, clock, patience_ms=30_000)
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
        self, store: _Counted, clock: HandClock, tag: str
    ) -> None:
        prefetching = _prefetching(store, clock, processes=10)
        plan = Plan(tag, [Charge(WIDE, "key")])
        for used in range(1, 200):
            assert prefetching.decide(plan).admitted
            held = WIDE.burst - used - _remaining(store, tag, WIDE)
            assert 0 <= held <= WIDE.burst / 4 / 10
        prefetching.close()

    def test_asks_each_time_when_calls_are_rare(
        self, prefetching: PrefetchingStore, store: _Counted, clock: HandClock, tag: str
    ) -> None:
        plan = Plan(tag, [Charge(WIDE, "key")])
        for _ in range(20):
            prefetching.decide(plan)
            clock.forward(ms=2 * HOLD_MS + 1)
        assert store.asked == 20
        assert _remaining(store, tag, WIDE) == WIDE.burst - 20

    def test_debits_as_many_as_were_used_before(
        self, prefetching: PrefetchingStore, store: _Counted, clock: HandClock, tag: str
    ) -> None:
        plan = Plan(tag, [Charge(WIDE, "key")])
        for _ in range(20):
            for _ in range(10):
                prefetching.decide(plan)
            clock.forward(ms=HOLD_MS)
        assert store.asked <= 20 * 3
        prefetching.close()
        # What may have drained while it was held stays spent: here far less than a unit.
        assert WIDE.burst - 201 <= _remaining(store, tag, WIDE) <= WIDE.burst - 200


class TestWhatIsUnused:
    def test_is_not_used_after_its_time(
        self, prefetching: PrefetchingStore, store: _Counted, clock: HandClock, tag: str
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
        self, prefetching: PrefetchingStore, store: _Counted, clock: HandClock, tag: str
    ) -> None:
        plan = Plan(tag, [Charge(WIDE, "key", 3), Charge(NARROW, "org", 0)])
        for _ in range(20):
            prefetching.decide(plan)
        assert _remaining(store, tag, WIDE) < WIDE.burst - 20 * 3
        clock.forward(ms=HOLD_MS)
        prefetching.close()
        assert _remaining(store, tag, WIDE) == WIDE.burst - 20 * 3

    def test_is_given_back_by_itself(self, redis_url: str, tag: str) -> None:
        store = Store(redis_url, timeout_s=10)
        prefetching = PrefetchingStore(store, hold_ms=5)
        plan = Plan(tag, [Charge(WIDE, "key")])
        for _ in range(100):
            prefetching.decide(plan)
        deadline = time.monotonic() + 10
        while _remaining(store, tag, WIDE) != WIDE.burst - 100:
            assert time.monotonic() < deadline
            time.sleep(0.005)
        prefetching.close()
        store.close()

    def test_is_lost_when_redis_is_away(self, mortal: RedisServer, tag: str) -> None:
        clock = HandClock()
        store = Store(mortal.url, timeout_s=10)
        prefetching = _prefetching(store, clock)
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


class TestAnEpoch:
    def test_is_compared_again_once_the_tag_is_forgotten(
        self, prefetching: PrefetchingStore, store: _Counted, tag: str
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
        assert _remaining(store, tag, WIDE) == WIDE.burst - 21

    def test_is_compared_again_when_the_hold_is_over(
        self, prefetching: PrefetchingStore, store: _Counted, clock: HandClock, tag: str
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
        self, prefetching: PrefetchingStore, store: _Counted, tag: str
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
        self, prefetching: PrefetchingStore, store: _Counted, tag: str
    ) -> None:
        plan = Plan(tag, [Charge(WIDE, "key")])
        store.meanwhile = lambda: prefetching.forget(tag)
        for _ in range(10):
            assert prefetching.decide(plan).admitted
        assert store.asked == 10
        prefetching.close()
        assert _remaining(store, tag, WIDE) == WIDE.burst - 10

    def test_of_another_tag_changes_nothing(
        self, prefetching: PrefetchingStore, store: _Counted, tag: str
    ) -> None:
        plan = Plan(tag, [Charge(WIDE, "key")])
        for _ in range(4):
            prefetching.decide(plan)  # 1, 2, then 1 of 4
        asked = store.asked
        prefetching.forget(f"{tag}x")
        for _ in range(3):
            prefetching.decide(plan)
        assert store.asked == asked


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
        self, prefetching: PrefetchingStore, store: _Counted, tag: str, charges: list[Charge]
    ) -> None:
        plan = Plan(tag, charges)
        assert all(prefetching.decide(plan).admitted for _ in range(20))
        assert store.asked == 20

    def test_is_only_looked_at(
        self, prefetching: PrefetchingStore, store: _Counted, tag: str
    ) -> None:
        plan = Plan(tag, [Charge(WIDE, "key")], spend=False)
        for _ in range(20):
            assert prefetching.decide(plan).outcome.decisions[0].remaining == WIDE.burst
        assert store.asked == 20


class TestSeen:
    def test_members_are_looked_up_until_they_are_known(
        self, prefetching: PrefetchingStore, store: _Counted, tag: str
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
        prefetching = {"one": _prefetching(store, clock), "two": _prefetching(store, clock)}
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
        assert _remaining(store, tag, WIDE) == WIDE.burst - admitted
        store.close()
