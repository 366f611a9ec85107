"""Asks a server as fast as it answers, in a process of its own: its work is not the server's.

`python -m bench.load` reads a Burst as JSON from standard input and writes what came of it.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import cast

import httptools
import uvloop

WITHIN_S = 60.0
HOST = "127.0.0.1"


class WrongAnswer(Exception):
    """The server answered with another status than was asked for, or closed a connection."""


@dataclass(frozen=True)
class Burst:
    """`answers` requests over `connections` that are kept alive, on each one after the other.

    `requests` are sent in turn, byte for byte; every answer must have the `status`.
    """

    port: int
    requests: Sequence[str]
    status: int
    answers: int
    connections: int


@dataclass(frozen=True)
class Answered:
    """What came of a burst, from the first request to the last answer."""

    answers: int
    wall_s: float
    p50_ms: float


def request(method: str, path: str, *, headers: dict[str, str], body: str = "") -> str:
    """A request as it is sent; `headers` besides Host and Content-Length."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body:
        lines.append(f"Content-Length: {len(body.encode())}")
    return "\r\n".join([*lines, "", body])


def fire(burst: Burst) -> Answered:
    """Run a burst in a new process.

    Raises:
        WrongAnswer: an answer had another status, or a connection was closed.
        subprocess.TimeoutExpired: it took longer than a minute.
    """
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"],
        input=json.dumps(asdict(burst)),
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        cwd=Path(__file__).parents[1],
        check=False,
    )
    if done.returncode:
        raise WrongAnswer(done.stderr.strip().rpartition("\n")[2])
    return Answered(**json.loads(done.stdout))


async def drive(burst: Burst) -> Answered:
    """Run a burst on this event loop; raises WrongAnswer."""
    loop = asyncio.get_running_loop()
    count = _Count(islice(cycle(each.encode() for each in burst.requests), burst.answers), burst)
    lines = []
    for _ in range(min(burst.connections, burst.answers)):
        _, line = await loop.create_connection(lambda: _Line(count), HOST, burst.port)
        lines.append(line)
    began = time.perf_counter()
    for line in lines:
        line.ask()
    try:
        await count.complete
    finally:
        wall_s = time.perf_counter() - began
        for line in lines:
            line.close()
    return Answered(len(count.took_s), wall_s, median(count.took_s) * 1e3)


class _Count:
    """What all connections of a burst share: the requests left, and how long each answer took."""

    def __init__(self, requests: Iterator[bytes], burst: Burst) -> None:
        self.requests = requests
        self.status = burst.status
        self.took_s: list[float] = []
        self.complete: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._answers = burst.answers

    def answered(self, status: int, took_s: float) -> None:
        self.took_s.append(took_s)
        if status != self.status:
            self.fail(f"answered {status} instead of {self.status}")
        elif len(self.took_s) == self._answers and not self.complete.done():
            self.complete.set_result(None)

    def fail(self, why: str) -> None:
        if not self.complete.done():
            self.complete.set_exception(WrongAnswer(f"after {len(self.took_s)} answers: {why}"))


class _Line(asyncio.Protocol):
    """One connection: asks, waits for the whole answer, asks again."""

    def __init__(self, count: _Count) -> None:
        self._count = count
        self._parser = httptools.HttpResponseParser(self)
        self._asked_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def ask(self) -> None:
        following = next(self._count.requests, None)
        if following is not None:
            self._asked_at = time.perf_counter()
            self._transport.write(following)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        took_s = time.perf_counter() - self._asked_at
        self._count.answered(self._parser.get_status_code(), took_s)
        self.ask()

    def connection_lost(self, error: Exception | None) -> None:
        self._count.fail("the server closed a connection")

    def close(self) -> None:
        self._transport.close()


if __name__ == "__main__":
    print(json.dumps(asdict(uvloop.run(drive(Burst(**json.load(sys.stdin)))))))
