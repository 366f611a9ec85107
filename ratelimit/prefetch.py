"""Rates decided in this process, from units that Redis has debited before.

A busy plan is admitted many times in one call: the units of the next milliseconds are debited at
once and then handed out here. Redis never knows of less than was admitted, so nothing is ever
over-admitted; a process that is killed takes no more with it than it held.
"""

import contextlib
import time
from collections.abc import Callable
from threading import Event, Lock, Thread, current_thread
from typing import Final
from weakref import WeakKeyDictionary

from ratelimit import forks
from ratelimit.batches import Batch, Pool
from ratelimit.errors import RedisAway, StaleEpoch
from ratelimit.protocol.wire import Answer, Epoch, Plan, Seen
from ratelimit.rules import Member
from ratelimit.store import Store

MOST_SEEN: Final = 100_000


class PrefetchingStore:
    """`Store.decide` for busy plans of rates alone; every other call is decided by `store` itself.

    As many calls are debited together as came in the time before, and at most `share` of what
    remains, divided by the `processes` that may do the same. They may be used for `hold_ms`; then
    what is left of them is given back. `remaining` is what Redis said and what is held here. By
    the time of their use, calls of t milliseconds are those of `t + hold_ms` by Redis' clock.

    A thread waits up to `patience_ms` for the debit of another: to ask Redis as well costs more.

    An epoch is compared when units are debited. Until `forget`, or for `hold_ms`, a caller that
    has been revoked is admitted from what is held.

    Thread-safe; after a fork the child begins with nothing. `clock` returns seconds.
    """

    def __init__(
        self,
        store: Store,
        *,
        processes: int = 1,
        share: float = 0.25,
        hold_ms: int = 50,
        patience_ms: int = 5,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._part = share / processes
        self._hold_s = hold_ms / 1000
        self._patience_s = patience_ms / 1000
        self._clock = clock
        self._keeper: Thread | None = None
        self.reset()
        forks.reset_in_children(self)

    def decide(self, plan: Plan, *, seen: Seen | None = None, epoch: Epoch | None = None) -> Answer:
        """See `Store.decide`."""
        pool = self._pools.get(plan) or self._new_pool(plan)
        if pool is None or (epoch and epoch.fresh) or (seen and not self._knows(plan, seen)):
            return self._ask(plan, pool, seen, epoch)
        answer = pool.take(plan, epoch, self._clock())
        return answer or self._refill(plan, pool, epoch) or self._ask(plan, pool, None, epoch)

    def forget(self, tag: str) -> None:
        """Hand out nothing more of what is held for `tag`: its epoch has been raised."""
        with self._lock:
            self._forgotten += 1  # for debits that are on their way
            for plan, batch in self._batches:
                if plan.tag == tag:
                    batch.end()
        self._wake.set()

    def close(self) -> None:
        """Give back what is held; a later call debits anew."""
        with self._lock:
            keeper, self._keeper = self._keeper, None
            for _, batch in self._batches:
                batch.end()
        self._wake.set()
        if keeper is not None:
            keeper.join()

    def reset(self) -> None:
        """In a forked child: what the parent holds, only the parent may spend."""
        self._pools: WeakKeyDictionary[Plan, Pool] = WeakKeyDictionary()
        self._batches: list[tuple[Plan, Batch]] = []  # all that may hold something
        self._forgotten = 0
        self._seen: set[tuple[str, str, Member]] = set()
        self._lock = Lock()
        self._wake = Event()
        self._keeper = None

    def _new_pool(self, plan: Plan) -> Pool | None:
        return self._pools.setdefault(plan, Pool(plan)) if Pool.suits(plan) else None

    def _ask(self, plan: Plan, pool: Pool | None, seen: Seen | None, epoch: Epoch | None) -> Answer:
        try:
            answer = self._store.decide(plan, seen=seen, epoch=epoch)
        except StaleEpoch:
            self.forget(plan.tag)
            raise
        if pool is not None:
            pool.learn(answer.outcome, self._clock())
        if seen and answer.admitted:
            self._remember(plan, seen, answer)
        return answer

    def _refill(self, plan: Plan, pool: Pool, epoch: Epoch | None) -> Answer | None:
        """An answer from a new batch, debited here or by the thread that was first; None where this
        call is better decided alone."""
        if not pool.refilling.acquire(timeout=self._patience_s):
            return None
        try:
            # Whoever waited must not throw away what the first has just debited.
            return pool.take(plan, epoch, self._clock()) or self._debit(plan, pool, epoch)
        finally:
            pool.refilling.release()

    def _debit(self, plan: Plan, pool: Pool, epoch: Epoch | None) -> Answer | None:
        asked_at, forgotten = self._clock(), self._forgotten
        calls = pool.next_calls(asked_at, self._part, self._hold_s)
        if calls == 1:
            return None
        answer = self._ask(pool.together(plan, calls), pool, None, epoch)
        if not answer.admitted:
            return None
        batch = Batch(plan, calls, answer.reply, epoch, asked_at + self._hold_s)
        mine = batch.take(plan)
        self._hold(plan, pool, batch, forgotten)
        return mine

    def _hold(self, plan: Plan, pool: Pool, batch: Batch, forgotten: int) -> None:
        with self._lock:
            self._batches.append((plan, batch))
            if self._forgotten == forgotten:
                pool.batch = batch
            else:
                batch.end()
            if self._keeper is None or not self._keeper.is_alive():
                self._keeper = Thread(target=self._keep, name="ratelimit-prefetch", daemon=True)
                self._keeper.start()
            elif len(self._batches) == 1:
                self._wake.set()  # it sleeps while nothing is held

    def _keep(self) -> None:
        keeping = True
        while keeping:
            keeping = self._keeper is current_thread()
            ended, wait_s = self._ended()
            for plan, batch in ended:
                with contextlib.suppress(RedisAway):  # then what it held is lost
                    batch.refund(plan, self._store)
            if keeping:
                self._wake.wait(wait_s)
                self._wake.clear()

    def _ended(self) -> tuple[list[tuple[Plan, Batch]], float | None]:
        """Those whose time is over, and the seconds until the next; None where nothing is held."""
        with self._lock:
            now = self._clock()
            ended = [held for held in self._batches if held[1].ends_at <= now]
            self._batches = [held for held in self._batches if held[1].ends_at > now]
            return ended, min((batch.ends_at - now for _, batch in self._batches), default=None)

    def _knows(self, plan: Plan, seen: Seen) -> bool:
        return all((plan.tag, seen.key, member) in self._seen for member in seen.members)

    def _remember(self, plan: Plan, seen: Seen, answer: Answer) -> None:
        if len(self._seen) + len(seen.members) > MOST_SEEN:
            self._seen = set()
        known = set(seen.members).difference(answer.unseen)
        self._seen.update((plan.tag, seen.key, member) for member in known)
