"""Heads are bounded, in bytes, in fields and in time; whatever else comes over a line goes on."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pytest_django.plugin import DjangoDbBlocker

from foundation.http.problems import CONTENT_TYPE
from foundation.secrecy import CREDENTIAL
from tests.live_audio_feedback.server import Server
from tests.wire import Answer, answers, ask, head, serving
from tifo.processes.heads import MOST_FIELDS, HeadLimits
from tifo.processes.serving import LARGEST_HEAD_BYTES, asgi

KEY = "tifo_live_" + "a" * 36
UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec_WebSocket_Version": "13",
    "Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


@pytest.fixture(scope="module", params=["embedded", "sockets", "production"])
def served(
    request: pytest.FixtureRequest,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[str, int]]:
    """A name, and the port of that server in a process of its own."""
    name = request.param
    command = "sockets" if name == "sockets" else "web"
    profile = "embedded" if name == "embedded" else "production"
    with django_db_blocker.unblock():
        server = serving(profile, tmp_path_factory.mktemp(name), command)
        with server as port:
            yield name, port


def padded(size: int, method: str = "GET", **headers: str) -> bytes:
    """A head of exactly so many bytes, as they are counted."""
    bare = head(method, "/livez", **headers, Padding="")
    return head(method, "/livez", **headers, Padding="a" * (size - len(bare)))


class TestAHead:
    def test_of_a_usual_size_is_read(self, served: tuple[str, int]) -> None:
        assert ask(served[1], padded(LARGEST_HEAD_BYTES - 4_096)).status == 200

    @pytest.mark.parametrize("size", [LARGEST_HEAD_BYTES + 4_096, 900_000, 5_000_000])
    def test_that_is_too_large_is_refused(self, served: tuple[str, int], size: int) -> None:
        refused = ask(served[1], padded(size, Authorization=f"Bearer {KEY}"))
        is_refused(served[0], refused)
        assert CREDENTIAL.search(refused.body.decode()) is None

    def test_that_comes_in_pieces_is_counted_together(self, served: tuple[str, int]) -> None:
        whole = padded(LARGEST_HEAD_BYTES * 2)
        pieces = [whole[at : at + 8_192] for at in range(0, len(whole), 8_192)]
        is_refused(served[0], ask(served[1], *pieces))

    def test_of_too_many_fields_is_refused(self, served: tuple[str, int]) -> None:
        some = {f"X-{number}": "a" for number in range(MOST_FIELDS - 1)}  # and the host
        assert ask(served[1], head("GET", "/livez", **some)).status == 200
        is_refused(served[0], ask(served[1], head("GET", "/livez", **some, More="a", Still="a")))

    def test_with_a_line_that_is_too_long_is_refused(self, served: tuple[str, int]) -> None:
        refused = ask(served[1], head("GET", "/livez?" + "a" * 200_000))
        assert refused.status in ({414, 431} if served[0] == "production" else {431})

    def test_that_asks_for_a_socket_is_bounded_too(self, served: tuple[str, int]) -> None:
        is_refused(served[0], ask(served[1], padded(LARGEST_HEAD_BYTES * 2, **UPGRADE)))

    def test_without_a_host_is_refused(self, served: tuple[str, int]) -> None:
        rest = b" HTTP/1.1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        for line in (b"GET /livez", b"POST /v1/usage/events"):
            assert ask(served[1], line + rest).status == 400

    def test_that_is_not_http_is_a_problem(self, served: tuple[str, int]) -> None:
        refused = ask(served[1], b"GET / HTTP/1.1\r\nno colon\r\n\r\n")
        assert refused.status == 400
        if served[0] != "production":  # whose server is spoken to by a proxy alone
            assert refused.code == "bad-request"
            assert refused.headers["content-type"] == CONTENT_TYPE

    def test_leaves_the_line_to_the_next(self, served: tuple[str, int]) -> None:
        one = padded(LARGEST_HEAD_BYTES - 4_096)
        told = answers(served[1], [one, one, one], 3)
        assert [each.status for each in told] == [200] * 3

    def test_may_stand_behind_another_in_one_piece(self, served: tuple[str, int]) -> None:
        small = head("GET", "/livez")
        assert [each.status for each in answers(served[1], [small * 3], 3)] == [200] * 3

    def test_that_is_refused_waits_for_those_before(self, served: tuple[str, int]) -> None:
        pieces = [head("GET", "/livez") + padded(LARGEST_HEAD_BYTES * 2)]
        first, second = answers(served[1], pieces, 2)
        assert first.status == 200
        is_refused(served[0], second)


def is_refused(name: str, answer: Answer) -> None:
    assert answer.status == 431
    if name == "production":  # the server's own words are none; a proxy in front says it first
        return
    assert answer.code == "head-too-large"
    assert answer.headers["content-type"] == CONTENT_TYPE
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


EXTENDED = [b"1;" + b"a" * 60_000 + b"\r\n1\r\n"] * 9
TRAILERS = [b"1\r\n1\r\n0\r\n", *[b"X-A: " + b"a" * 3_000 + b"\r\n"] * 300]
ONE_TRAILER = [b"1\r\n1\r\n0\r\nX-A: ", *[b"a" * 60_000] * 20]


class TestWhatStandsAroundChunks:
    @pytest.mark.parametrize("pieces", [EXTENDED, TRAILERS, ONE_TRAILER])
    async def test_is_bounded_as_a_head_is(self, pieces: list[bytes]) -> None:
        async with watched() as server:
            given = head("POST", "/", Transfer_Encoding="chunked")
            said = await sent(server, given, *pieces, b"0\r\n\r\n")
        assert said.startswith(b"HTTP/1.1 431")

    async def test_may_be_a_lot_for_a_lot_of_chunks(self) -> None:
        given = head("POST", "/", Transfer_Encoding="chunked", Connection="close")
        pieces = [b"1\r\n1\r\n" * 10_000] * 10
        async with watched() as server:
            said = await sent(server, given, *pieces, b"0\r\n\r\n")
        assert said.endswith(b"\r\n100000\r\n0\r\n\r\n")

    async def test_is_no_part_of_the_head(self) -> None:
        given = head("POST", "/", Transfer_Encoding="chunked", Connection="close")
        async with watched() as server:
            said = await sent(server, given, b"1\r\n1\r\n0\r\nX-Told: a\r\n\r\n")
        assert b"x-told" not in said


async def _echo(scope: Any, receive: Any, send: Any) -> None:
    """Answers with how many bytes came, and with a header of the request."""
    heard, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        heard += len(message.get("body", b""))
        more = message.get("more_body", False)
    told = [(name, value) for name, value in scope["headers"] if name == b"x-told"]
    await send({"type": "http.response.start", "status": 200, "headers": told})
    await send({"type": "http.response.body", "body": b"%d" % heard})


class Clock:
    """The event loop, but for its time, which goes on when it is told to."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._now = 0.0
        self._timers: list[tuple[float, asyncio.Handle]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loop, name)

    def time(self) -> float:
        return self._now

    def call_at(self, when: float, call: Any, *given: Any) -> asyncio.Handle:
        handle = asyncio.Handle(call, given, self._loop)
        self._timers.append((when, handle))
        return handle

    def call_later(self, delay: float, call: Any, *given: Any) -> asyncio.Handle:
        return self.call_at(self._now + delay, call, *given)

    def advance(self, seconds: float) -> None:
        self._now += seconds
        due = [each for each in self._timers if each[0] <= self._now]
        self._timers = [each for each in self._timers if each[0] > self._now]
        for _, handle in due:
            if not handle.cancelled():
                handle._run()


class Watched:
    """A server whose time is the test's, and what has come in there so far."""

    def __init__(self, port: int, clock: Clock) -> None:
        self.port, self.clock = port, clock
        self.heard = asyncio.Event()
        self.bytes = 0


@asynccontextmanager
async def watched() -> AsyncIterator[Watched]:
    config = asgi(_echo, "127.0.0.1", 0)
    server, clock = Server(config), Clock()

    class Protocol(HeadLimits):
        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            self.loop = clock  # type: ignore[assignment]

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            told.bytes += len(data)
            told.heard.set()

    config.http, config.lifespan = Protocol, "off"
    served = asyncio.create_task(server.serve())
    await server.up.wait()
    told = Watched(server.servers[0].sockets[0].getsockname()[1], clock)
    try:
        yield told
    finally:
        server.should_exit = True
        await served


async def sent(server: Watched, *pieces: bytes, pause_s: float = 0) -> bytes:
    """All that is answered before the server ends the line."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    said, whole = asyncio.create_task(reader.read()), 0
    said.add_done_callback(lambda _: server.heard.set())
    for piece in pieces:
        writer.write(piece)
        whole += len(piece)
        while server.bytes < whole and not said.done():
            server.heard.clear()
            await server.heard.wait()
        server.clock.advance(pause_s)
    while not said.done():
        server.clock.advance(1)
        await asyncio.wait({said}, timeout=0.02)
    writer.close()
    return said.result()


class TestAClientThatStands:
    async def test_still_in_a_head_is_told_so(self) -> None:
        async with watched() as server:
            said = await sent(server, b"GET / HTTP/1.1\r\nHost: x\r\n")
        assert said.startswith(b"HTTP/1.1 408")
        assert b'"head-timeout"' in said

    async def test_still_in_a_later_head_is_told_so(self) -> None:
        pieces = [head("POST", "/", Content_Length="1"), b"1GET / HTTP/1.1\r\n", b"Host: x\r\n"]
        async with watched() as server:
            said = await sent(server, *pieces, pause_s=4)
        assert said.startswith(b"HTTP/1.1 200")
        assert b'"head-timeout"' in said

    async def test_is_not_kept_by_drops(self) -> None:
        drops = [b"GET / HTTP/1.1\r\n", *[b"a: b\r\n"] * 20]
        async with watched() as server:
            assert b'"head-timeout"' in await sent(server, *drops, pause_s=1)

    @pytest.mark.parametrize("nothing", [b"", b"\r\n\r\n"])
    async def test_still_before_a_head_is_let_go(self, nothing: bytes) -> None:
        async with watched() as server:
            assert await sent(server, nothing) == b""

    async def test_still_in_a_body_is_told_so(self) -> None:
        async with watched() as server:
            said = await sent(server, head("POST", "/", Content_Length="10"), b"12345")
        assert said.startswith(b"HTTP/1.1 408")
        assert b'"body-timeout"' in said

    async def test_is_not_kept_by_drops_of_a_body(self) -> None:
        given = head("POST", "/", Content_Length="10", Connection="close")
        async with watched() as server:
            said = await sent(server, given, *[b"1"] * 10, pause_s=10)
        assert b'"body-timeout"' in said

    async def test_is_heard_out_while_its_body_goes_on(self) -> None:
        given = head("POST", "/", Content_Length="120000", Connection="close")
        async with watched() as server:
            said = await sent(server, given, *[b"1" * 12_000] * 10, pause_s=11)
        assert said.startswith(b"HTTP/1.1 200")
        assert said.endswith(b"\r\n6\r\n120000\r\n0\r\n\r\n")
