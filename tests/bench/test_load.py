"""The load: every request is asked once, every answer is looked at, nothing is counted twice."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bench.load import Burst, WrongAnswer, drive, fire, request

Answer = Callable[[bytes], bytes | None]
ACCEPTED = b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n{}"
CHUNKED = b"HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"


def asks(*paths: str) -> list[str]:
    return [request("GET", path, headers={}) for path in paths]


class Server:
    """Answers requests without a body; `answer` returns None to hang up."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self.asked: list[bytes] = []
        self.connections = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while asked := (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1]:
                self.asked.append(asked)
                answer = self._answer(asked)
                if answer is None:
                    return
                writer.write(answer)
        except asyncio.IncompleteReadError:
            return
        finally:
            writer.close()


@asynccontextmanager
async def serving(answer: Answer) -> AsyncIterator[tuple[Server, int]]:
    server = Server(answer)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    async with listening:
        yield server, listening.sockets[0].getsockname()[1]


class TestABurst:
    async def test_asks_in_turn_and_counts_each_answer_once(self) -> None:
        async with serving(lambda _: ACCEPTED) as (server, port):
            done = await drive(Burst(port, asks("/a", "/b", "/c"), 202, 7, 1))
        assert server.asked == [b"/a", b"/b", b"/c", b"/a", b"/b", b"/c", b"/a"]
        assert done.answers == 7
        assert done.wall_s >= done.p50_ms / 1e3 > 0

    async def test_keeps_as_many_connections_alive_as_told(self) -> None:
        async with serving(lambda _: ACCEPTED) as (server, port):
            done = await drive(Burst(port, asks("/a"), 202, 50, 8))
        assert (server.connections, len(server.asked), done.answers) == (8, 50, 50)

    async def test_opens_no_connection_that_has_nothing_to_ask(self) -> None:
        async with serving(lambda _: ACCEPTED) as (server, port):
            await drive(Burst(port, asks("/a"), 202, 3, 8))
        assert (server.connections, len(server.asked)) == (3, 3)

    async def test_reads_an_answer_to_its_end_however_it_is_framed(self) -> None:
        async with serving(lambda _: CHUNKED) as (server, port):
            assert (await drive(Burst(port, asks("/a"), 202, 5, 1))).answers == 5
        assert len(server.asked) == 5

    async def test_fails_on_another_status(self) -> None:
        refused = b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n"
        async with serving(lambda path: refused if path == b"/b" else ACCEPTED) as (_, port):
            with pytest.raises(WrongAnswer, match="after 2 answers: answered 429 instead of 202"):
                await drive(Burst(port, asks("/a", "/b"), 202, 4, 1))

    async def test_fails_when_the_server_hangs_up(self) -> None:
        async with serving(lambda path: None if path == b"/b" else ACCEPTED) as (_, port):
            with pytest.raises(WrongAnswer, match="closed a connection"):
                await drive(Burst(port, asks("/a", "/b"), 202, 4, 1))


class TestARequest:
    def test_tells_the_length_of_its_body_in_bytes(self) -> None:
        sent = request("POST", "/v1/x", headers={"Authorization": "Bearer k"}, body='"é"')
        head, _, body = sent.partition("\r\n\r\n")
        assert head.split("\r\n") == [
            "POST /v1/x HTTP/1.1",
            "Host: 127.0.0.1",
            "Authorization: Bearer k",
            "Content-Length: 4",
        ]
        assert body == '"é"'


class _Silent(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing."""


@contextmanager
def threaded() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Silent) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


class TestInItsOwnProcess:
    def test_tells_what_came_of_it(self) -> None:
        with threaded() as port:
            assert fire(Burst(port, asks("/a"), 202, 20, 2)).answers == 20

    def test_tells_what_went_wrong(self) -> None:
        with threaded() as port, pytest.raises(WrongAnswer, match="202 instead of 200"):
            fire(Burst(port, asks("/a"), 200, 20, 1))

    def test_tells_that_nobody_listens(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        with pytest.raises(WrongAnswer, match="Connect"):
            fire(Burst(port, asks("/a"), 200, 1, 1))
