"""Blocking connections: every caller gets its own answer, whatever happens to the server."""

import contextlib
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import hiredis
import pytest

from ratelimit.connections.address import Address
from ratelimit.connections.breaker import CLOSED, OPEN, Breaker
from ratelimit.connections.link import Link
from ratelimit.errors import RedisAway
from tests.ratelimit.connections.tls import TlsFront, certify
from tests.ratelimit.servers import FakeServer, RedisServer

Connect = Callable[..., Link]


@pytest.fixture
def lost() -> list[int]:
    """One entry for each connection that was lost."""
    return []


@pytest.fixture
def connect(lost: list[int]) -> Iterator[Connect]:
    """`connect(url, timeout_s=…, breaker=…)` is a link of this test."""
    links = []

    def made(url: str, timeout_s: float = 10, breaker: Breaker | None = None) -> Link:
        found = Link(
            Address.of(url),
            timeout_s=timeout_s,
            breaker=breaker or Breaker(failures=1000),
            on_lost=lambda: lost.append(1),
        )
        links.append(found)
        return found

    yield made
    for link in links:
        link.close()


class TestExecute:
    def test_carries_text_bytes_and_numbers(self, connect: Connect, redis_url: str) -> None:
        link = connect(redis_url)
        assert link.execute("SET", "k", b"\x00\r\n\xff") == b"OK"
        assert link.execute("GET", "k") == b"\x00\r\n\xff"
        assert link.execute("APPEND", "k", 12) == 6

    def test_reads_answers_of_any_length(self, connect: Connect, redis_url: str) -> None:
        link = connect(redis_url)
        for length in (0, 1, 16_383, 16_384, 1_000_000):
            assert link.execute("ECHO", "x" * length) == b"x" * length

    def test_returns_an_error_as_a_value(self, connect: Connect, mortal: RedisServer) -> None:
        link = connect(mortal.url)
        reply = link.execute("HGET", "k")
        assert isinstance(reply, hiredis.ReplyError)
        assert link.execute("ECHO", "still here") == b"still here"
        assert link.breaker.state == CLOSED

    def test_gives_each_of_many_threads_its_own_answer(
        self, connect: Connect, redis_url: str
    ) -> None:
        link = connect(redis_url)

        def ask(thread: int) -> bool:
            asked = [f"{thread}-{n}".encode() for n in range(100)]
            return [link.execute("ECHO", each) for each in asked] == asked

        with ThreadPoolExecutor(8) as pool:
            assert all(pool.map(ask, range(8)))
        assert len(link._idle) <= 8


class TestGreeting:
    def test_signs_in_and_selects(self, connect: Connect) -> None:
        with RedisServer("--requirepass", "secret") as server:
            link = connect(f"unix://:secret@{server.socket}?db=3&client_name=gate")
            link.execute("SET", "k", "v")
            assert server.client(password="secret", db=3).get("k") == b"v"
            assert link.execute("CLIENT", "GETNAME") == b"gate"

    @pytest.mark.parametrize("user", ["", ":wrong@"])
    def test_is_away_for_who_may_not_come_in(self, connect: Connect, user: str) -> None:
        with RedisServer("--requirepass", "secret") as server:
            link = connect(f"unix://{user}{server.socket}")
            with pytest.raises(RedisAway, match=r"NOAUTH|WRONGPASS"):
                link.execute("GET", "k")

    def test_encrypts(self, connect: Connect, tmp_path: Path) -> None:
        key, certificate = tmp_path / "key", tmp_path / "certificate"
        certify("localhost", key, certificate)
        with RedisServer() as server, TlsFront(server.socket, key, certificate) as front:
            link = connect(f"rediss://localhost:{front.port}?ssl_ca_certs={certificate}")
            for n in range(20):
                assert link.execute("ECHO", n) == str(n).encode()
            assert link.execute("ECHO", "x" * 1_000_000) == b"x" * 1_000_000
            assert len(server.client().client_list()) == 2  # one, and who asks
            with pytest.raises(RedisAway, match="certificate"):
                connect(f"rediss://localhost:{front.port}").execute("PING")
            with pytest.raises(RedisAway):
                connect(f"redis://localhost:{front.port}", timeout_s=1).execute("PING")


class TestALostConnection:
    def test_costs_no_error_where_it_was_idle(
        self, connect: Connect, mortal: RedisServer, lost: list[int]
    ) -> None:
        link = connect(mortal.url)
        link.execute("SET", "k", "v")
        mortal.client().client_kill_filter(_type="normal", skipme=True)
        assert link.execute("GET", "k") == b"v"
        mortal.kill()
        mortal.start()
        assert link.execute("GET", "k") is None
        assert len(lost) == 2

    def test_never_has_its_call_tried_again(self, connect: Connect, lost: list[int]) -> None:
        with FakeServer(lambda heard: None) as server:
            link = connect(server.url)
            with pytest.raises(RedisAway, match="closed"):
                link.execute("INCR", "k")
            assert len(server.heard) == 1
        assert len(lost) == 1

    def test_takes_its_late_answer_with_it(self, connect: Connect, lost: list[int]) -> None:
        answers = iter([b"", b"+second\r\n"])
        with FakeServer(lambda heard: next(answers)) as server:
            link = connect(server.url, timeout_s=0.3)
            with pytest.raises(RedisAway, match="timed out"):
                link.execute("ECHO", "first")
            with contextlib.suppress(BrokenPipeError):
                server.connections[0].sendall(b"+first\r\n")
            assert link.execute("ECHO", "second") == b"second"
        assert len(lost) == 1

    def test_is_noticed_when_something_came_unasked(self, connect: Connect) -> None:
        with FakeServer(lambda heard: b"+mine\r\n+whose?\r\n") as server:
            link = connect(server.url)
            for _ in range(3):
                assert link.execute("ECHO", "mine") == b"mine"
            assert len(server.connections) == 3

    def test_is_given_up_when_it_speaks_no_redis(self, connect: Connect) -> None:
        with FakeServer(lambda heard: b"HTTP/1.1 400 Bad Request\r\n") as server:
            link = connect(server.url)
            with pytest.raises(RedisAway, match="Protocol error"):
                link.execute("GET", "k")

    def test_opens_the_breaker_after_three(self, connect: Connect, tmp_path: Path) -> None:
        link = connect(f"unix://{tmp_path / 'nobody'}", breaker=Breaker(probe_every_s=1000))
        for _ in range(3):
            with pytest.raises(RedisAway, match="nobody"):
                link.execute("PING")
        with pytest.raises(RedisAway, match="probing"):
            link.execute("PING")
        assert (link.breaker.state, link.breaker.refused) == (OPEN, 1)

    @pytest.mark.parametrize("said", [b"-LOADING wait", b"-OOM no room", b"-READONLY a replica"])
    def test_is_as_good_as_lost_when_it_serves_nobody(
        self, connect: Connect, lost: list[int], said: bytes
    ) -> None:
        with FakeServer(lambda heard: said + b"\r\n") as server:
            link = connect(server.url, breaker=Breaker(failures=2))
            for _ in range(2):
                with pytest.raises(RedisAway, match=said.split()[0].decode()[1:]):
                    link.execute("GET", "k")
            assert link.breaker.opened == 1
            assert (len(server.connections), len(lost)) == (1, 0)


class TestAFork:
    def test_opens_connections_of_its_own(self, connect: Connect, mortal: RedisServer) -> None:
        link = connect(mortal.url)
        ours = link.execute("CLIENT", "ID")
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            os.write(write, b"%d" % link.execute("CLIENT", "ID"))
            os._exit(0)
        os.waitpid(child, 0)
        theirs = int(os.read(read, 100))
        assert theirs != ours
        assert link.execute("CLIENT", "ID") == ours
        for end in (read, write):
            os.close(end)


class TestAServerThatIsKilledUnderLoad:
    def test_loses_calls_but_mixes_up_no_answers(
        self, connect: Connect, mortal: RedisServer
    ) -> None:
        link = connect(mortal.url, timeout_s=2, breaker=Breaker(probe_every_s=0.01))
        done, counted = threading.Event(), Counter[str]()

        def load(thread: int) -> Counter[str]:
            seen = Counter[str]()
            for n in count():
                asked = f"{thread}-{n}".encode()
                try:
                    right = link.execute("ECHO", asked) == asked
                except RedisAway:
                    seen["away"] += 1
                    time.sleep(0.001)
                else:
                    seen["right" if right else "wrong"] += 1
                if done.is_set():
                    return seen
            raise AssertionError("unreachable")

        with ThreadPoolExecutor(8) as pool:
            loads = [pool.submit(load, thread) for thread in range(8)]
            for _ in range(4):
                time.sleep(0.05)
                mortal.kill()
                mortal.start()
            time.sleep(0.05)
            done.set()
            for each in loads:
                counted += each.result(timeout=10)
        assert counted["wrong"] == 0
        assert counted["right"] > 0 < counted["away"]
        assert link.execute("ECHO", "again") == b"again"
