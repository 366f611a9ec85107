"""Redis Cluster: every call stays in one slot. A cluster of one node is as strict as many."""

import socket
import time
from collections.abc import Iterator

import pytest
from redis import Redis, RedisCluster
from redis.asyncio import RedisCluster as AsyncRedisCluster
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.exceptions import ResponseError
from redis.retry import Retry

from ratelimit.protocol.wire import Epoch, Seen
from ratelimit.rules import Charge, Concurrency, Rate, Window
from ratelimit.store import AsyncStore, Store
from tests.ratelimit.servers import RedisServer

REQUESTS = Rate("requests", quantity=10, per_ms=1000, burst=20, few_subjects=True)
EFFECTS = Window("effects", quantity=30, per_ms=3_600_000, few_subjects=True)
SESSIONS = Concurrency("sessions", quantity=20, lease_ms=10_000, unit="session")
CHARGES = [
    Charge(REQUESTS, "key"),
    Charge(REQUESTS, "org"),
    Charge(EFFECTS, "key"),
    Charge(EFFECTS, "org"),
]


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A node with all slots."""
    port, bus = _free_port(), _free_port()
    options = ["--cluster-enabled", "yes", "--port", str(port), "--cluster-port", str(bus)]
    with RedisServer(*options) as server:
        with server.client() as client:
            client.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
            while client.cluster("INFO")["cluster_state"] != "ok":
                time.sleep(0.01)
        yield port


@pytest.fixture(params=["cluster client", "own connections"])
def store(request: pytest.FixtureRequest, port: int) -> Iterator[Store]:
    if request.param == "cluster client":
        with RedisCluster(host="127.0.0.1", port=port, retry=Retry(NoBackoff(), 0)) as client:
            yield Store.over(client)
    else:
        found = Store(f"redis://127.0.0.1:{port}", timeout_s=10)
        yield found
        found.close()


class TestACluster:
    def test_is_as_strict_as_it_should_be(self, port: int) -> None:
        with Redis(port=port) as client, pytest.raises(ResponseError, match="the same slot"):
            client.mget("{a}", "{b}")

    def test_runs_every_call_in_one_slot(self, store: Store, tag: str) -> None:
        fair = Rate("fair", quantity=10, per_ms=60_000, burst=20)  # of a subject of its own
        charges = [*CHARGES, Charge(fair, "user"), Charge(SESSIONS, "org", 1, "a")]
        assert store.raise_epoch(tag, 3) == 3
        outcome = store.admit(tag, charges, seen=Seen("may", ["u1"]), epoch=Epoch(3))
        assert (outcome.admitted, outcome.unseen) == (True, ("u1",))
        store.mark_seen(tag, "may", ["u1"], ttl_ms=60_000)
        states, _ = store.snapshot(tag, charges)
        assert len(states) == len(charges)
        assert store.renew(tag, SESSIONS, "org", ["a", "b"]) == ("b",)
        for decision in outcome.decisions:
            assert store.refund(tag, decision.policy, decision.key, decision.charge_id)
        store.refund_units(tag, REQUESTS, "key", 1, outcome.now_us)

    async def test_runs_an_event_loops_calls_too(self, port: int, tag: str) -> None:
        retry = AsyncRetry(NoBackoff(), 0)
        async with AsyncRedisCluster(host="127.0.0.1", port=port, retry=retry) as client:
            store = AsyncStore.over(client)
            for used in (1, 2):
                outcome = await store.admit(tag, CHARGES)
                assert [decision.used for decision in outcome.decisions] == [used] * 4


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
