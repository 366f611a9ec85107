"""Units debited ahead, on a clock moved by hand, and a count of what reaches Redis."""

from collections.abc import Callable

from ratelimit.prefetch import PrefetchingStore
from ratelimit.protocol.wire import Answer, Epoch, Plan, Seen
from ratelimit.rules import Charge, Rate
from ratelimit.store import Store
from tests.ratelimit.clock import HandClock

WIDE = Rate("wide", quantity=1, per_ms=60_000, burst=1000)
NARROW = Rate("narrow", quantity=1, per_ms=60_000, burst=20)
HOLD_MS = 50


class CountedStore(Store):
    """Counts what reaches Redis, and does something on the way."""

    asked = 0
    meanwhile: Callable[[], None] = staticmethod(lambda: None)

    def decide(self, plan: Plan, *, seen: Seen | None = None, epoch: Epoch | None = None) -> Answer:
        self.asked += 1
        answer = super().decide(plan, seen=seen, epoch=epoch)
        self.meanwhile()
        return answer


def prefetching_over(
    store: Store, clock: HandClock, processes: int = 1, patience_ms: int = 5
) -> PrefetchingStore:
    return PrefetchingStore(
        store,
        processes=processes,
        hold_ms=HOLD_MS,
        patience_ms=patience_ms,
        clock=lambda: clock.now_us / 1_000_000,
    )


def remaining(store: Store, tag: str, rate: Rate) -> int:
    return store.peek(tag, [Charge(rate, "key", 0)]).decisions[0].remaining
