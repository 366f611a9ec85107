"""What a stream's client is to be told. The tick never waits for it: the newest score wins.

A socket's is emptied by a task of its own, another stream's by each call that brings frames.
"""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass

from apps.live_audio_feedback.streams.messages import Message
from foundation.errors import TifoError
from gateway.doors import sockets

FAREWELL_S = 5.0
NORMAL = 1000


@dataclass(frozen=True)
class Farewell:
    """The last words: the receipt, and the error that ends the stream unless it ended well.

    The error is announced `closes_in_ms` before the receipt.
    """

    receipt: Message
    error: TifoError | None
    closes_in_ms: int = 0


class Outgoing:
    """Filled by the tick without waiting."""

    def __init__(self) -> None:
        self._notices: list[Message] = []
        self._score: Message | None = None
        self._farewell: Farewell | None = None
        self._ready = asyncio.Event()
        self._closing = asyncio.Event()

    def tell(self, notice: Message) -> None:
        """Every notice is delivered, in order and before the next score."""
        self._notices.append(notice)
        self._ready.set()

    def show(self, score: Message) -> None:
        """A score replaces one that the client was too slow to take."""
        self._score = score
        self._ready.set()

    def close(self, farewell: Farewell) -> None:
        self._farewell = farewell
        self._closing.set()
        self._ready.set()

    async def deliver(self, send: sockets.Send) -> None:
        """Send what there is until the farewell was sent, or the client is gone."""
        try:
            while True:
                await self._ready.wait()
                self._ready.clear()
                for message in self._take():
                    await _send(send, message)
                if self._farewell is not None:
                    await _part(send, self._farewell)
                    return
        except (OSError, RuntimeError):
            return  # The servers' words for a client that is gone: it left, or its network did.

    @property
    def score(self) -> Message | None:
        """The newest score that was not delivered."""
        return self._score

    def take_notices(self) -> list[Message]:
        """The notices that were not delivered yet, in order."""
        taken, self._notices = self._notices, []
        return taken

    async def closed(self) -> None:
        """Returns once there is a farewell."""
        await self._closing.wait()

    async def overdue(self) -> None:
        """Returns when a client has not taken its farewell in time: it no longer reads."""
        await self._closing.wait()
        await asyncio.sleep(FAREWELL_S)

    def _take(self) -> Iterator[Message]:
        while self._notices:
            yield self._notices.pop(0)
        if self._score is not None:
            score, self._score = self._score, None
            yield score


async def _part(send: sockets.Send, farewell: Farewell) -> None:
    if farewell.error is None:
        await _send(send, farewell.receipt)
        await send({"type": "websocket.close", "code": NORMAL, "reason": "end"})
    else:
        await sockets.announce(send, farewell.error, farewell.closes_in_ms)
        await _send(send, farewell.receipt)
        await sockets.close(send, farewell.error)


async def _send(send: sockets.Send, message: Message) -> None:
    await send({"type": "websocket.send", "text": json.dumps(message, separators=(",", ":"))})
