"""Servers that forget our functions, or may not have any."""

import asyncio
import time

import pytest
from redis.exceptions import ResponseError

from ratelimit.connections.breaker import CLOSED, HALF_OPEN
from ratelimit.errors import RedisAway
from ratelimit.rules import Charge, Rate
from ratelimit.store import AsyncStore, Store
from tests.ratelimit.servers import RedisServer

REQUESTS = Rate("requests", quantity=1, per_ms=3_600_000, burst=1000)
ONE = [Charge(REQUESTS, "key")]


@pytest.fixture(params=["functions", "scripts"])
def url(request: pytest.FixtureRequest, mortal: RedisServer) -> str:
    """A server with functions, and one on which we may only run scripts."""
    if request.param == "functions":
        return mortal.url
    _forbid_functions(mortal)
    return f"unix://limited:secret@{mortal.socket}"


def _forbid_functions(server: RedisServer) -> None:
    with server.client() as client:
        client.acl_setuser(
            "limited",
            enabled=True,
            passwords=["+secret"],
            keys=["*"],
            commands=["+@all", "-function", "-fcall"],
        )


def _forget(server: RedisServer) -> None:
    with server.client() as client:
        client.function_flush()
        client.script_flush()


def _used(store: Store, tag: str) -> int:
    return store.peek(tag, ONE).decisions[0].used


class TestStore:
    def test_brings_back_what_the_server_forgot(
        self, url: str, mortal: RedisServer, tag: str
    ) -> None:
        store = Store(url, timeout_s=10)
        for _ in range(3):
            assert store.admit(tag, ONE).admitted
            _forget(mortal)
        assert _used(store, tag) == 3
        store.close()

    def test_goes_on_with_a_server_that_was_restarted(
        self, url: str, mortal: RedisServer, tag: str
    ) -> None:
        store = Store(url, timeout_s=10)
        assert store.admit(tag, ONE).admitted
        mortal.kill()
        mortal.start()
        if "limited" in url:
            _forbid_functions(mortal)
        assert store.admit(tag, ONE).admitted
        assert _used(store, tag) == 1
        store.close()

    def test_calls_functions_where_it_may(self, url: str, mortal: RedisServer, tag: str) -> None:
        store = Store(url, timeout_s=10)
        for _ in range(3):
            store.admit(tag, ONE)
        with mortal.client() as client:
            said = client.info("commandstats")
        counts = [said.get(f"cmdstat_{each}", {}).get("calls") for each in ("fcall", "evalsha")]
        assert counts == ([None, 3] if "limited" in url else [3, None])
        store.close()

    def test_runs_scripts_on_a_server_that_knows_no_functions(self, tag: str) -> None:
        # As Redis 6 answers: the words themselves are unknown to it.
        without = [("--rename-command", word, "") for word in ("FUNCTION", "FCALL")]
        with RedisServer(*(each for option in without for each in option)) as old:
            store = Store(old.url, timeout_s=10)
            with pytest.raises(ResponseError, match="unknown command"):
                store.execute("FCALL", "admit", 0)
            for used in range(1, 4):
                assert store.admit(tag, ONE).decisions[0].used == used
                old.client().script_flush()
            store.close()

    def test_runs_scripts_on_a_server_that_forbids_functions_from_now_on(
        self, mortal: RedisServer, tag: str
    ) -> None:
        store = Store(mortal.url, timeout_s=10)
        assert store.admit(tag, ONE).admitted
        with mortal.client() as client:
            client.function_flush()
            client.acl_setuser("default", commands=["-function"])
        for used in range(2, 4):
            assert store.admit(tag, ONE).decisions[0].used == used
        store.close()

    def test_reports_a_mistake_of_ours_as_what_it_is(self, mortal: RedisServer, tag: str) -> None:
        store = Store(mortal.url, timeout_s=10)
        with pytest.raises(ResponseError, match="wrong number of arguments"):
            store.execute("HGET", "k")
        assert store.breaker.state == CLOSED
        store.close()

    def test_is_probed_by_one_call_while_redis_is_away(self, mortal: RedisServer, tag: str) -> None:
        store = Store(mortal.url, timeout_s=10)
        assert store.admit(tag, ONE).admitted
        mortal.kill()
        for _ in range(10):
            with pytest.raises(RedisAway):
                store.admit(tag, ONE)
        assert (store.breaker.opened, store.breaker.refused) == (1, 7)
        mortal.start()
        while store.breaker.state != HALF_OPEN:
            time.sleep(0.01)
        assert store.admit(tag, ONE).admitted
        assert store.breaker.state == CLOSED
        store.close()


class TestAsyncStore:
    async def test_brings_back_what_the_server_forgot(
        self, url: str, mortal: RedisServer, tag: str
    ) -> None:
        store = AsyncStore(url, timeout_s=10)
        for _ in range(3):
            outcomes = await asyncio.gather(*(store.admit(tag, ONE) for _ in range(32)))
            assert all(outcome.admitted for outcome in outcomes)
            _forget(mortal)
        assert (await store.peek(tag, ONE)).decisions[0].used == 3 * 32
        await store.aclose()
