"""The asynchronous store means the same as the blocking one."""

from collections.abc import AsyncIterator

import pytest

from ratelimit.errors import StaleEpoch
from ratelimit.protocol.wire import Epoch, Seen
from ratelimit.rules import Charge, Concurrency, Rate, Window
from ratelimit.store import AsyncStore, Store
from tests.ratelimit.clock import HandClock

REQUESTS = Rate("requests", quantity=10, per_ms=1000, burst=20)
EFFECTS = Window("effects", quantity=3, per_ms=3_600_000, unit="effect")
SESSIONS = Concurrency("sessions", quantity=1, lease_ms=10_000, unit="session")


@pytest.fixture
async def store(redis_url: str) -> AsyncIterator[AsyncStore]:
    found = AsyncStore(redis_url, timeout_s=10, clock=HandClock())
    yield found
    await found.aclose()


class TestAsyncStore:
    async def test_admits_refuses_and_gives_back(self, store: AsyncStore, tag: str) -> None:
        charges = [
            Charge(REQUESTS, "key"),
            Charge(EFFECTS, "org"),
            Charge(SESSIONS, "org", 1, "a"),
        ]
        assert (await store.peek(tag, charges)).admitted
        admitted = await store.admit(tag, charges, seen=Seen("may", ["u1", "u2"]))
        assert (admitted.admitted, admitted.unseen) == (True, ("u1", "u2"))
        await store.mark_seen(tag, "may", ["u1"], ttl_ms=60_000)
        assert (await store.admit(tag, charges, seen=Seen("may", ["u1", "u2"]))).unseen == ("u2",)

        other = [*charges[:2], Charge(SESSIONS, "org", 1, "b")]
        assert (await store.admit(tag, other)).violated == ("sessions",)
        assert await store.refund(tag, EFFECTS, "org", admitted.decisions[1].charge_id)
        assert await store.renew(tag, SESSIONS, "org", ["a", "b"]) == ("b",)
        assert await store.renew(tag, SESSIONS, "org", []) == ()
        assert await store.release(tag, SESSIONS, "org", "a")
        last = await store.admit(tag, other)
        assert [decision.used for decision in last.decisions] == [3, 2, 1]
        assert await store.refund(tag, SESSIONS, "org", "b")

    async def test_checks_epochs_and_reads_states(
        self, store: AsyncStore, redis_url: str, tag: str
    ) -> None:
        charges = [Charge(REQUESTS, "key"), Charge(EFFECTS, "org", 2)]
        assert await store.raise_epoch(tag, 7) == 7
        with pytest.raises(StaleEpoch, match="7"):
            await store.admit(tag, charges, epoch=Epoch(6))
        assert (await store.admit(tag, charges, epoch=Epoch(7))).admitted
        blocking = Store(redis_url, timeout_s=10, clock=HandClock())
        assert await store.snapshot(tag, charges) == blocking.snapshot(tag, charges)

    async def test_says_any_other_command(self, store: AsyncStore, tag: str) -> None:
        assert await store.execute("SET", f"ticket:{tag}", "claims", "PX", 30_000) == b"OK"
        assert await store.execute("GETDEL", f"ticket:{tag}") == b"claims"
        assert await store.execute("GETDEL", f"ticket:{tag}") is None
