"""Microphones that all speak at once, in a process of their own, and how long each score takes.

`python -m bench.streams` reads a Choir as JSON from standard input and writes what came of it. It
speaks WebSocket by hand: fifteen thousand messages a second leave no client library's core idle.
"""

import json
import os
import re
import select
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Collection, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np

from audio.crowd import FRAME_SAMPLES, SAMPLE_RATE
from audio.synth.crowd import applause
from bench.load import HOST, WrongAnswer

FRAME_S: Final = FRAME_SAMPLES / SAMPLE_RATE
WARM_S: Final = 2.0  # memories fill, and the processor gets up to speed
WITHIN_S: Final = 120.0
SCORES_A_SECOND: Final = 10
ENOUGH: Final = 0.8
GREETED_WITHIN_S: Final = 10.0
STAMPED: Final = struct.Struct("<BBHIQ")
"""A frame's head: version, codec, flags, number, and the sender's clock in microseconds."""
_SCORED: Final = re.compile(rb'"type":"score".*?"t_us":(\d+)')
_TEXT, _CLOSE, _LAST, _LONG, _LONGEST = 1, 8, 0x80, 126, 127


@dataclass(frozen=True)
class Choir:
    """`streams` sockets at the paths in turn, each with the headers; after `WARM_S` they are timed
    for `seconds`. A message carries so many frames of 20 ms."""

    port: int
    paths: Sequence[str]
    headers: dict[str, str]
    streams: int
    seconds: float
    frames: int = 1


@dataclass(frozen=True)
class Sung:
    """From the moment at which a frame was to be sent to the score that has heard it. Where a
    stream was told fewer scores than four of five of those that are promised, each that is missing
    counts as the whole time."""

    scores: int
    p50_ms: float
    p99_ms: float


class Microphone:
    """One socket: what it says, and the scores that come back."""

    def __init__(self, choir: Choir, path: str) -> None:
        self.line = socket.create_connection((HOST, choir.port), timeout=GREETED_WITHIN_S)
        self.line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        given = {
            "Host": f"{HOST}:{choir.port}",
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
            **choir.headers,
        }
        lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items())]
        self.line.sendall("\r\n".join([*lines, "", ""]).encode())
        self._rest = self._answered()
        self.line.setblocking(False)
        self.seq = 0

    def say(self, sound: Sequence[bytes], *, due_s: float) -> None:
        """Send the frames in one message, stamped with when that was due. Raises WrongAnswer for a
        server that reads no more."""
        t_us = round(due_s * 1e6)
        frames = []
        for samples in sound:
            frames.append(STAMPED.pack(1, 1, 0, self.seq, t_us) + samples)
            self.seq += 1
        payload = b"".join(frames)
        # A mask of zeros, which leaves the payload as it is, and costs the server as any other.
        head = struct.pack("!BBH4x", 0x82, _LAST | _LONG, len(payload))
        message = head + payload
        try:
            sent = self.line.send(message)
        except BlockingIOError:
            sent = 0
        if sent < len(message):
            raise WrongAnswer("the server no longer reads")

    def heard(self) -> list[int]:
        """The stamps of the frames whose scores have come, in microseconds."""
        try:
            more = self.line.recv(65_536)
        except BlockingIOError:
            return []
        if not more:
            raise WrongAnswer("the server hung up")
        self._rest += more
        stamps = []
        while (message := self._message()) is not None:
            found = _SCORED.search(message)
            if found:
                stamps.append(int(found[1]))
        return stamps

    def _message(self) -> bytes | None:
        """The next whole text of the server's, whose messages carry no mask."""
        if len(self._rest) < 4:
            return None
        kind, length, begin = self._rest[0] & 0x0F, self._rest[1] & 0x7F, 2
        if length == _LONG:
            (length,), begin = struct.unpack_from("!H", self._rest, 2), 4
        if kind == _CLOSE:
            raise WrongAnswer("the server hung up")
        if kind != _TEXT or length == _LONGEST:
            raise WrongAnswer(f"not a text, but a message of kind {kind}")
        if len(self._rest) < begin + length:
            return None
        message = self._rest[begin : begin + length]
        self._rest = self._rest[begin + length :]
        return message

    def _answered(self) -> bytes:
        """What came behind the head of the answer."""
        answer = b""
        while b"\r\n\r\n" not in answer:
            more = self.line.recv(65_536)
            if not more:
                raise WrongAnswer("the server hung up before it answered")
            answer += more
        head, _, rest = answer.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 101"):
            raise WrongAnswer(head.decode(errors="replace").partition("\r\n")[0])
        return rest


def sing(choir: Choir) -> Sung:
    """Raises WrongAnswer."""
    with ExitStack() as ends:
        microphones = []
        for number in range(choir.streams):
            each = Microphone(choir, choir.paths[number % len(choir.paths)])
            ends.callback(each.line.close)
            microphones.append(each)
        return _timed(choir, microphones)


def _timed(choir: Choir, microphones: Sequence[Microphone]) -> Sung:
    by_line = {each.line.fileno(): each for each in microphones}
    sound, every = _sound(choir.frames), FRAME_S * choir.frames / choir.streams
    took: dict[int, list[float]] = {line: [] for line in by_line}
    said = 0
    with select.epoll() as poll:
        for line in by_line:
            poll.register(line, select.EPOLLIN)
        began = time.monotonic()
        counts_from, ends = began + WARM_S, began + WARM_S + choir.seconds
        while (now := time.monotonic()) < ends:
            # They speak one after the other, evenly over the time of a message.
            while (due_s := began + said * every) <= now:
                each = microphones[said % choir.streams]
                each.say(sound[said // choir.streams % len(sound)], due_s=due_s)
                said += 1
            for line, _ in poll.poll(max(0.0, due_s - time.monotonic())):
                came_us = time.monotonic_ns() / 1000
                took[line] += [
                    (came_us - due_us) / 1000
                    for due_us in by_line[line].heard()
                    if due_us >= counts_from * 1e6
                ]
    return _told(took.values(), choir)


def _told(took: Collection[Sequence[float]], choir: Choir) -> Sung:
    promised = min(SCORES_A_SECOND, 1 / (FRAME_S * choir.frames)) * choir.seconds
    every = [each for stream in took for each in stream]
    missing = sum(max(0, int(ENOUGH * promised) - len(stream)) for stream in took)
    p50, p99 = np.percentile([*every, *[1000 * choir.seconds] * missing] or [0.0], [50, 99])
    return Sung(len(every), float(p50), float(p99))


def _sound(frames: int) -> list[list[bytes]]:
    """Two seconds of applause as PCM16, in messages of so many frames."""
    samples = applause(2.0, np.random.default_rng(7))
    pcm = (samples * 32_767).astype("<i2").reshape(-1, FRAME_SAMPLES)
    rows = [row.tobytes() for row in pcm]
    return [rows[first : first + frames] for first in range(0, len(rows) - frames + 1, frames)]


def sung(choir: Choir) -> Sung:
    """Let them speak from a new process.

    Raises:
        WrongAnswer: the server refused one, hung up or read no more.
        subprocess.TimeoutExpired: it took longer than two minutes.
    """
    done = subprocess.run(
        [sys.executable, "-m", "bench.streams"],
        input=json.dumps(asdict(choir)),
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        cwd=Path(__file__).parents[1],
        env={**os.environ, "PYTHONPATH": "platform"},
        check=False,
    )
    if done.returncode:
        raise WrongAnswer(done.stderr.strip().rpartition("\n")[2])
    return Sung(**json.loads(done.stdout))


if __name__ == "__main__":
    print(json.dumps(asdict(sing(Choir(**json.load(sys.stdin))))))
