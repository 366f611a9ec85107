"""A microphone's way into a live session: PCM16 frames of 20 ms out, scores ten times a second in.

The frame is that of docs/reference/live-socket.md: 16 bytes of header, little-endian, then sound.
"""

import asyncio
import struct
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from tifo_client.arguments import checked
from tifo_client.endpoint import Endpoint
from tifo_client.sockets import Socket, number, reading, word
from tifo_client.sound import SoundFile, pcm16, samples

FASTEST = 2.0  # times real time: what comes faster than that, the platform drops
STANDSTILL_S = 1.0
FRAME_S = 0.02
FRAME_BYTES = 640
VERSION, PCM16, NO_FLAGS = 1, 1, 0
HEADER = struct.Struct("<BBHIQ")  # version, codec, flags, sequence number, sender's clock in µs


@dataclass(frozen=True, slots=True)
class Score:
    """0 to 100, after frame `seq`, whose sender's clock said `t_us`; `parts` say what was heard.

    `scorer` is the version of the crowd score, or None of a server that does not say.
    """

    seq: int
    t_us: int
    score: float
    parts: dict[str, float]
    session_score: float
    dropped: int
    scorer: str | None = None


class FramePacker:
    """Cuts one stream's sound into numbered frames."""

    def __init__(self) -> None:
        self._sequence = 0
        self._rest = b""

    @checked
    def pack(self, sound: bytes) -> list[bytes]:
        """Of PCM16 mono little-endian of 16 kHz; what does not fill a frame waits for more."""
        sound = self._rest + sound
        whole = len(sound) - len(sound) % FRAME_BYTES
        self._rest = sound[whole:]
        return [self._frame(sound[at : at + FRAME_BYTES]) for at in range(0, whole, FRAME_BYTES)]

    def _frame(self, sound: bytes) -> bytes:
        clock_us = time.time_ns() // 1000
        header = HEADER.pack(VERSION, PCM16, NO_FLAGS, self._sequence, clock_us)
        self._sequence = (self._sequence + 1) % 2**32
        return header + sound


class AudioStream(Socket):
    """`async for score in stream`, while `send` or `play` feeds it from another task.

    `receipt` says, after `end`, what was heard and metered (never kept).
    """

    # Who only speaks must hear why the stream ended all the same: nothing may wait to be read in
    # front of that. It is ten small frames a second.
    most_unread: ClassVar[int | None] = None

    def __init__(self, endpoint: Endpoint, session_id: str, zone: str) -> None:
        super().__init__(endpoint, f"/v1/sessions/{session_id}/stream", zone=zone)
        self.receipt: dict[str, Any] | None = None
        self._packer = FramePacker()

    @checked
    async def send(self, sound: bytes) -> None:
        """Send PCM16 mono little-endian of 16 kHz; what does not fill a frame waits for more."""
        for frame in self._packer.pack(sound):
            await self._send(frame)

    @checked
    async def play(
        self,
        sound: bytes | SoundFile,
        *,
        speed: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        """Send `sound` as a microphone would, every frame at its time; returns when all is sent.

        A path or an open file is read through once, then decoded as it is played, and its last
        frame filled up with silence; bytes are PCM16 as `send` takes them. `speed` is in times
        real time, over 0 and up to 2. After a standstill no more than a second of it is caught up
        with.

        Raises, before anything is sent, ValueError for another speed, for bytes that are a whole
        file and for a file that cannot be played to its end (UnreadableSound); AudioExtraMissing
        for one that needs the extra `audio`.
        """
        if not 0 < speed <= FASTEST:
            raise ValueError(f"speed must lie over 0 and not over {FASTEST:g}.")
        pieces = _frames_of(sound)
        piece = await asyncio.to_thread(next, pieces, None)
        due = clock()  # reading the file through is no standstill
        while piece is not None:
            for start in range(0, len(piece), FRAME_BYTES):
                due = max(due, clock() - STANDSTILL_S)
                await sleep(max(0.0, due - clock()))
                await self.send(piece[start : start + FRAME_BYTES])
                due += FRAME_S / speed
            piece = await asyncio.to_thread(next, pieces, None)

    async def end(self) -> None:
        """Say that no more sound will come; the scores end with the receipt."""
        await self._send('{"type": "end"}')

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Score:
        while (frame := await self._receive()) is not None:
            match frame["type"]:
                case "score":
                    with reading(frame):
                        return _score(frame)
                case "receipt":
                    self.receipt = {name: frame[name] for name in frame if name != "type"}
        raise StopAsyncIteration


def _frames_of(sound: bytes | SoundFile) -> Iterator[bytes]:
    """Pieces that are whole frames; only of samples that are given as such a rest may stay."""
    if isinstance(sound, bytes | bytearray | memoryview):
        yield samples(bytes(sound))
        return
    rest = b""
    for piece in pcm16(sound):
        rest += piece
        whole = len(rest) - len(rest) % FRAME_BYTES
        yield rest[:whole]
        rest = rest[whole:]
    yield rest.ljust(FRAME_BYTES, b"\0") if rest else b""


def _score(frame: dict[str, Any]) -> Score:
    return Score(
        seq=int(number(frame["seq"])),
        t_us=int(number(frame["t_us"])),
        score=number(frame["score"]),
        parts={name: number(value) for name, value in frame["parts"].items()},
        session_score=number(frame["session_score"]),
        dropped=int(number(frame["dropped"])),
        scorer=word(frame.get("scorer")),
    )
