"""A microphone's way into a live session: PCM16 frames of 20 ms out, scores ten times a second in.

The frame is that of docs/reference/live-socket.md: 16 bytes of header, little-endian, then sound.
"""

import asyncio
import struct
import time
from dataclasses import dataclass
from typing import Any, Self

from tifo_client.place import Place
from tifo_client.sockets import Socket

SAMPLE_RATE = 16_000
FRAME_S = 0.02
FRAME_BYTES = 640
VERSION, PCM16, NO_FLAGS = 1, 1, 0
HEADER = struct.Struct("<BBHIQ")  # version, codec, flags, sequence number, sender's clock in µs


@dataclass(frozen=True, slots=True)
class Score:
    """0 to 100, after frame `seq`, whose sender's clock said `t_us`; `parts` say what was heard."""

    seq: int
    t_us: int
    score: float
    parts: dict[str, float]
    session_score: float
    dropped: int


class FramePacker:
    """Cuts one stream's sound into numbered frames."""

    def __init__(self) -> None:
        self._sequence = 0
        self._rest = b""

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

    def __init__(self, place: Place, session_id: str, zone: str) -> None:
        super().__init__(place, f"/v1/sessions/{session_id}/stream", zone=zone)
        self.receipt: dict[str, Any] | None = None
        self._packer = FramePacker()

    async def send(self, sound: bytes) -> None:
        """Send PCM16 mono little-endian of 16 kHz; what does not fill a frame waits for more."""
        for frame in self._packer.pack(sound):
            await self._send(frame)

    async def play(self, sound: bytes) -> None:
        """Send `sound` as a microphone would: every frame at its time."""
        began = time.monotonic()
        for count, start in enumerate(range(0, len(sound), FRAME_BYTES)):
            await asyncio.sleep(max(0.0, began + count * FRAME_S - time.monotonic()))
            await self.send(sound[start : start + FRAME_BYTES])

    async def end(self) -> None:
        """Say that no more sound will come; the scores end with the receipt."""
        await self._send('{"type": "end"}')

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Score:
        while (frame := await self._receive()) is not None:
            match frame.pop("type"):
                case "score":
                    return Score(**{name: frame[name] for name in Score.__slots__})
                case "receipt":
                    self.receipt = frame
        raise StopAsyncIteration
