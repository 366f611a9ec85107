"""One connection per event loop: order is kept, whoever gives up and whatever happens."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import hiredis
import pytest
import uvloop

from ratelimit.connections import pipeline
from ratelimit.connections.address import Address
from ratelimit.connections.breaker import CLOSED, OPEN, Breaker
from ratelimit.connections.pipeline import Pipeline
from ratelimit.errors import RedisAway
from tests.ratelimit.servers import FakeServer, RedisServer

Work = Callable[[Pipeline], Awaitable[None]]
Run = Callable[..., list[int]]


@pytest.fixture(params=[asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run:
    """`run(url, work)` on each kind of event loop; returns an entry per lost connection."""
    on_loop: Callable[[Coroutine[Any, Any, None]], None] = request.param

    def ran(
        url: str, work: Work, timeout_s: float = 10, breaker: Breaker | None = None
    ) -> list[int]:
        lost: list[int] = []

        async def working() -> None:
            pipe = Pipeline(
                Address.of(url),
                timeout_s=timeout_s,
                breaker=breaker or Breaker(failures=1000),
                on_lost=lambda: lost.append(1),
            )
            try:
                await work(pipe)
            finally:
                await pipe.aclose()

        on_loop(working())
        return lost

    return ran


def _ok_to_each(heard: bytes) -> bytes:
    return b"+OK\r\n" * heard.count(b"ECHO")


class TestExecute:
    def test_sends_all_calls_of_a_tick_as_one_write(self, run: Run) -> None:
        async def work(pipe: Pipeline) -> None:
            for _ in range(3):
                await asyncio.gather(*(pipe.execute("ECHO", n) for n in range(32)))

        with FakeServer(_ok_to_each) as server:
            run(server.url, work)
            assert [heard.count(b"ECHO") for heard in server.heard] == [32, 32, 32]
            assert len(server.connections) == 1

    def test_answers_everybody_though_callers_give_up(self, run: Run, redis_url: str) -> None:
        dice = Random(32)

        async def ask(pipe: Pipeline, n: int) -> None:
            for _ in range(dice.randint(0, 3)):
                await asyncio.sleep(0)
            assert await pipe.execute("ECHO", n) == str(n).encode()

        async def work(pipe: Pipeline) -> None:
            for start in range(0, 1000, 100):
                tasks = [asyncio.create_task(ask(pipe, n)) for n in range(start, start + 100)]
                for _ in range(dice.randint(0, 6)):
                    await asyncio.sleep(0)
                for task in dice.sample(tasks, 30):
                    task.cancel()
                answers = await asyncio.gather(*tasks, return_exceptions=True)
                assert {type(answer) for answer in answers} <= {type(None), asyncio.CancelledError}

        run(redis_url, work)

    def test_carries_more_than_the_socket_holds(self, run: Run, redis_url: str) -> None:
        sent = [bytes([n]) * 300_000 for n in range(32)]

        async def work(pipe: Pipeline) -> None:
            assert await asyncio.gather(*(pipe.execute("ECHO", each) for each in sent)) == sent

        run(redis_url, work)

    def test_returns_an_error_as_a_value(self, run: Run, mortal: RedisServer) -> None:
        async def work(pipe: Pipeline) -> None:
            replies = await asyncio.gather(pipe.execute("HGET", "k"), pipe.execute("ECHO", 1))
            assert isinstance(replies[0], hiredis.ReplyError)
            assert (replies[1], pipe.breaker.state) == (b"1", CLOSED)

        run(mortal.url, work)

    def test_refuses_more_calls_than_may_wait(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pipeline, "MOST_WAITING", 5)

        async def work(pipe: Pipeline) -> None:
            asked = [pipe.execute("ECHO", n) for n in range(7)]
            answers = await asyncio.gather(*asked, return_exceptions=True)
            assert [isinstance(each, RedisAway) for each in answers] == [False] * 5 + [True] * 2
            assert await pipe.execute("ECHO", 8) == b"OK"

        with FakeServer(_ok_to_each) as server:
            assert run(server.url, work) == []

    def test_signs_in_before_it_asks(self, run: Run) -> None:
        async def work(pipe: Pipeline) -> None:
            await asyncio.gather(*(pipe.execute("INCR", "k") for _ in range(3)))
            assert await pipe.execute("CLIENT", "GETNAME") == b"gate"

        with RedisServer("--requirepass", "secret") as server:
            run(f"unix://:secret@{server.socket}?db=3&client_name=gate", work)
            assert server.client(password="secret", db=3).get("k") == b"3"

    def test_is_away_for_who_may_not_come_in(self, run: Run) -> None:
        async def work(pipe: Pipeline) -> None:
            answers = await asyncio.gather(
                *(pipe.execute("PING") for _ in range(3)), return_exceptions=True
            )
            assert all(isinstance(answer, RedisAway) for answer in answers)
            assert "WRONGPASS" in str(answers[0])

        with RedisServer("--requirepass", "secret") as server:
            run(f"unix://:wrong@{server.socket}", work)


class TestALostConnection:
    def test_costs_no_error_where_it_was_idle(self, run: Run, mortal: RedisServer) -> None:
        async def work(pipe: Pipeline) -> None:
            await pipe.execute("SET", "k", "v")
            mortal.client().client_kill_filter(_type="normal")
            assert await pipe.execute("GET", "k") == b"v"  # the loop has not heard of it yet
            mortal.client().client_kill_filter(_type="normal")
            await asyncio.sleep(0.01)  # now it has
            assert await pipe.execute("GET", "k") == b"v"

        assert len(run(mortal.url, work)) == 2

    def test_fails_whoever_waits_and_never_asks_again(self, run: Run) -> None:
        async def work(pipe: Pipeline) -> None:
            asked = [pipe.execute("INCR", "k") for _ in range(5)]
            answers = await asyncio.gather(*asked, return_exceptions=True)
            assert [type(answer) for answer in answers] == [RedisAway] * 5
            assert pipe.breaker.state == CLOSED  # five callers, but one failure

        with FakeServer(lambda heard: None) as server:
            assert len(run(server.url, work, breaker=Breaker(failures=2))) == 1
            assert sum(heard.count(b"INCR") for heard in server.heard) == 5

    def test_takes_its_late_answers_with_it(self, run: Run) -> None:
        answers = iter([b"", b"+second\r\n"])

        async def work(pipe: Pipeline) -> None:
            with pytest.raises(RedisAway, match="no answer within"):
                await pipe.execute("ECHO", "first")
            assert await pipe.execute("ECHO", "second") == b"second"

        with FakeServer(lambda heard: next(answers)) as server:
            assert len(run(server.url, work, timeout_s=0.3)) == 1

    def test_is_given_up_when_something_comes_unasked(self, run: Run) -> None:
        async def work(pipe: Pipeline) -> None:
            for _ in range(3):
                assert await pipe.execute("ECHO", "mine") == b"mine"

        with FakeServer(lambda heard: b"+mine\r\n+whose?\r\n") as server:
            assert len(run(server.url, work)) == 3

    def test_is_given_up_when_it_speaks_no_redis(self, run: Run) -> None:
        async def work(pipe: Pipeline) -> None:
            with pytest.raises(RedisAway, match="Protocol error"):
                await pipe.execute("GET", "k")

        with FakeServer(lambda heard: b"HTTP/1.1 400 Bad Request\r\n") as server:
            run(server.url, work)

    def test_opens_the_breaker_after_three(self, run: Run, tmp_path: Path) -> None:
        async def work(pipe: Pipeline) -> None:
            for _ in range(3):
                with pytest.raises(RedisAway, match="nobody"):
                    await pipe.execute("PING")
            with pytest.raises(RedisAway, match="probing"):
                await pipe.execute("PING")
            assert (pipe.breaker.state, pipe.breaker.refused) == (OPEN, 1)

        run(f"unix://{tmp_path / 'nobody'}", work, breaker=Breaker(probe_every_s=1000))

    def test_is_as_good_as_lost_when_it_serves_nobody(self, run: Run) -> None:
        async def work(pipe: Pipeline) -> None:
            for _ in range(2):
                with pytest.raises(RedisAway, match="LOADING"):
                    await pipe.execute("GET", "k")
            assert pipe.breaker.opened == 1

        with FakeServer(lambda heard: b"-LOADING wait\r\n") as server:
            assert run(server.url, work, breaker=Breaker(failures=2)) == []

    def test_ends_with_its_owner(self, run: Run, mortal: RedisServer) -> None:
        async def work(pipe: Pipeline) -> None:
            waiting = asyncio.create_task(pipe.execute("BLPOP", "never", 0))
            await asyncio.sleep(0.01)
            await pipe.aclose()
            with pytest.raises(RedisAway, match="closed by its owner"):
                await waiting
            assert await pipe.execute("ECHO", 2) == b"2"

        assert run(mortal.url, work) == []


class TestAServerThatIsKilledUnderLoad:
    def test_loses_calls_but_mixes_up_no_answers(self, run: Run, mortal: RedisServer) -> None:
        counted, done = Counter[str](), asyncio.Event()

        async def load(pipe: Pipeline, caller: int) -> None:
            for n in count():
                asked = f"{caller}-{n}".encode()
                try:
                    right = await pipe.execute("ECHO", asked) == asked
                except RedisAway:
                    counted["away"] += 1
                    await asyncio.sleep(0.001)
                else:
                    counted["right" if right else "wrong"] += 1
                if done.is_set():
                    return

        def restart() -> None:
            for _ in range(4):
                time.sleep(0.05)
                mortal.kill()
                mortal.start()
            time.sleep(0.05)

        async def work(pipe: Pipeline) -> None:
            loads = [asyncio.create_task(load(pipe, caller)) for caller in range(32)]
            await asyncio.to_thread(restart)
            done.set()
            await asyncio.wait_for(asyncio.gather(*loads), timeout=10)
            assert await pipe.execute("ECHO", "again") == b"again"

        lost = run(mortal.url, work, timeout_s=2, breaker=Breaker(probe_every_s=0.01))
        assert counted["wrong"] == 0
        assert counted["right"] > 0 < counted["away"]
        assert 0 < len(lost) <= 4
