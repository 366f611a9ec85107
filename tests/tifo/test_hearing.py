"""Bytes that are handed over straight: the same messages in the same order as Uvicorn brings, and
the same refusals, however a client's frames lie on the line."""

import asyncio
import random
import struct
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn

from tests.live_audio_feedback.server import Server
from tifo.processes.hearing import EXTENSION, Socket

OURS, UVICORNS = "tifo.processes.hearing:Socket", "websockets-sansio"
TEXT, BYTES, MORE, PING = 1, 2, 0, 9
LARGEST = 100_000
HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
Heard = list[bytes | str]


def wire(
    kind: int, payload: bytes, *, last: bool = True, mask: bytes | None = b"\1\2\3\4"
) -> bytes:
    """A frame as a client sends it (RFC 6455, section 5.2)."""
    length = len(payload)
    if length < 126:
        size, long = length, b""
    elif length < 1 << 16:
        size, long = 126, struct.pack("!H", length)
    else:
        size, long = 127, struct.pack("!Q", length)
    head = bytes([kind | (0x80 if last else 0), size | (0x80 if mask else 0)]) + long
    if mask is None:
        return head + payload
    return head + mask + bytes(each ^ mask[at % 4] for at, each in enumerate(payload))


class Listener:
    """An application that writes down what it hears, and by which way."""

    def __init__(self) -> None:
        self.heard: Heard = []
        self.straight = 0

    async def __call__(self, scope: Any, receive: Callable[[], Any], send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        if EXTENSION in scope["extensions"]:
            scope["extensions"][EXTENSION]["hear"](self._hear)
        while (message := await receive())["type"] == "websocket.receive":
            said = message.get("bytes")
            self.heard.append(message["text"] if said is None else said)

    def _hear(self, said: bytes) -> None:
        self.heard.append(said)
        self.straight += 1


class Counting(Socket):
    """Counts how often it looks for the end of a frame, and how often it is told of an error."""

    looks = errors = 0

    def _end(self, data: bytes, at: int, size: int) -> int:
        Counting.looks += 1
        return super()._end(data, at, size)

    def handle_parser_exception(self) -> None:
        Counting.errors += 1
        super().handle_parser_exception()


@asynccontextmanager
async def listening(protocol: Any) -> AsyncIterator[tuple[Listener, int]]:
    listener = Listener()
    server = Server(
        uvicorn.Config(
            listener, port=0, ws=protocol, ws_max_size=LARGEST, lifespan="off", log_config=None
        )
    )
    served = asyncio.create_task(server.serve())
    await server.up.wait()
    try:
        yield listener, server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await served


async def said(protocol: Any, pieces: Sequence[bytes]) -> tuple[Heard, bytes, int]:
    """What the application heard, what the client was answered, and how much came straight.

    The last piece must make the server end the connection.
    """
    async with listening(protocol) as (listener, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HANDSHAKE)
        await reader.readuntil(b"\r\n\r\n")
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.001)
        answer = await asyncio.wait_for(reader.read(), 5)
        writer.close()
        return listener.heard, answer, listener.straight


CLOSE = wire(8, struct.pack("!H", 1000))


def conversation(seed: int) -> list[bytes]:
    """Frames of every kind and length, cut anywhere."""
    rng = random.Random(seed)
    frames = [wire(BYTES, rng.randbytes(656), mask=rng.randbytes(4)) for _ in range(3)]
    for _ in range(30):
        mask, size = rng.randbytes(4), rng.choice([0, 1, 125, 126, 656, 3_280, 70_000])
        match rng.randrange(5):
            case 0:
                frames.append(wire(TEXT, b"a" * min(size, 200), mask=mask))
            case 1:
                frames.append(wire(PING, b"?", mask=mask))
            case 2:
                parts = [rng.randbytes(size // 3) for _ in range(3)]
                frames.append(wire(BYTES, parts[0], last=False, mask=mask))
                frames.append(wire(PING, b"", mask=mask))
                frames.append(wire(MORE, parts[1], last=False, mask=mask))
                frames.append(wire(MORE, parts[2], mask=mask))
            case _:
                frames.append(wire(BYTES, rng.randbytes(size), mask=mask))
    whole = b"".join(frames)
    cuts = sorted(rng.sample(range(1, len(whole)), 40))
    pieces = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    return [*pieces, CLOSE]


class TestMessages:
    @pytest.mark.parametrize("seed", range(8))
    async def test_are_those_that_uvicorn_brings_in_the_same_order(self, seed: int) -> None:
        pieces = conversation(seed)
        ours, theirs = await said(OURS, pieces), await said(UVICORNS, pieces)
        assert ours[0] == theirs[0]
        assert ours[1].count(b"\x8a") == theirs[1].count(b"\x8a")  # a pong for each ping
        assert ours[2] > 0 == theirs[2]

    async def test_of_bytes_come_straight_where_nothing_waits(self) -> None:
        frames = [wire(BYTES, bytes([number]) * 656) for number in range(50)]
        heard, _, straight = await said(OURS, [*frames, CLOSE])
        assert heard == [bytes([number]) * 656 for number in range(50)]
        assert straight >= 49  # the first may come before anybody listens

    async def test_that_drip_in_are_looked_at_once_they_are_whole(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Or each byte would cost as much as all that are there already."""
        monkeypatch.setattr(Counting, "looks", 0)
        frame = wire(BYTES, bytes(90_000))
        drops = [frame[at : at + 1] for at in range(200)]
        heard, _, _ = await said(Counting, [*drops, frame[200:], CLOSE])
        assert heard == [bytes(90_000)]
        assert Counting.looks < 30


class TestARefusal:
    async def test_is_told_once_however_much_comes_behind_it(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Counting, "errors", 0)
        await said(Counting, [wire(3, b"a") + 5_000 * wire(BYTES, b"")])
        assert Counting.errors == 1

    @pytest.mark.parametrize(
        "frames",
        [
            [wire(BYTES, b"a" * 10, mask=None)],
            [wire(BYTES | 0x40, b"a" * 10)],
            [wire(3, b"a" * 10)],
            [wire(BYTES, b"a", last=False), wire(BYTES, b"b")],
            [wire(MORE, b"a")],
            [wire(TEXT, b"\xff\xff")],
            [wire(BYTES, b"a" * (LARGEST + 1))],
            [wire(BYTES, b"")[:1] + b"\xff" + struct.pack("!Q", 1 << 62) + b"\1\2\3\4"],
            [wire(BYTES, b"a" * 60_000, last=False), wire(MORE, b"a" * 60_000)],
        ],
        ids=[
            "no mask",
            "a reserved bit",
            "a kind that nobody knows",
            "bytes in the middle of others",
            "a part of nothing",
            "no text",
            "too large",
            "larger than any memory",
            "too large in parts",
        ],
    )
    async def test_is_uvicorns(self, frames: list[bytes]) -> None:
        pieces = [wire(BYTES, b"before"), *frames]
        ours, theirs = await said(OURS, pieces), await said(UVICORNS, pieces)
        assert ours[0] == [b"before"]  # which Uvicorn forgets where it comes with what it refuses
        assert ours[1] == theirs[1]  # the close frame with its code and reason
        assert ours[1][0] == 0x88
