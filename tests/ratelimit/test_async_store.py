"""The asynchronous store means the same as the blocking one."""

from collections.abc import AsyncIterator

import fakeredis
import pytest
from redis.asyncio import Redis

from ratelimit.rules import Charge, Concurrency, Rate, Window
from ratelimit.store import AsyncStore
from ratelimit.wire import Seen
from tests.ratelimit.clock import HandClock
from tests.ratelimit.conftest import HOMES

REQUESTS = Rate("requests", quantity=10, per_ms=1000, burst=20)
EFFECTS = Window("effects", quantity=3, per_ms=3_600_000, unit="effect")
SESSIONS = Concurrency("sessions", quantity=1, lease_ms=10_000, unit="session")


@pytest.fixture(params=HOMES)
async def asynchronous(request: pytest.FixtureRequest) -> AsyncIterator[Redis]:
    if request.param == "redis":
        found = Redis(unix_socket_path=str(request.getfixturevalue("redis_socket")))
    else:
        found = fakeredis.FakeAsyncRedis(server=fakeredis.FakeServer(version=(7,)))
    async with found:
        yield found


class TestAsyncStore:
    async def test_admits_refuses_and_gives_back(self, asynchronous: Redis, tag: str) -> None:
        clock = HandClock()
        store = AsyncStore(asynchronous, clock)
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

    async def test_loads_the_script_again_after_redis_forgot_it(
        self, asynchronous: Redis, tag: str
    ) -> None:
        store = AsyncStore(asynchronous)
        assert (await store.admit(tag, [Charge(REQUESTS, "key")])).admitted
        await asynchronous.script_flush()
        assert (await store.admit(tag, [Charge(REQUESTS, "key")])).admitted
