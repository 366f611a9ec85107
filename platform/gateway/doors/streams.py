"""Server-sent events (WHATWG HTML, section 9.2): a GET whose answer goes on, admitted, held and
parted as a socket is."""

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from typing import Any, ClassVar, Final

from redis.exceptions import RedisError

from foundation.clock import now
from foundation.errors import TifoError
from foundation.http import problems, requests
from foundation.http.problems import document, explain
from gateway.callers.caller import Caller
from gateway.doors import connections, sockets
from gateway.doors.front import ALWAYS, Receive, Send, cross_origin
from gateway.operations import Operation

CONTENT_TYPE: Final = "text/event-stream"
HEARTBEAT_S: Final = 15.0
SLOWEST_S: Final = 30.0
"""For so long one event may wait for a peer that no longer reads."""
CANCEL_AGAIN_S: Final = 0.1
RETRY_MS: Final = 2_000


class Stream(ABC):
    """One answer: `enter` may refuse it, `run` tells. `arguments` are what the path names."""

    operation: ClassVar[Operation]
    caller: Caller

    def __init__(self, arguments: Mapping[str, str]) -> None:
        self.arguments = arguments
        self.over = self._parting = False
        self._send: Send
        self._line = asyncio.Lock()
        self._ended = asyncio.Event()

    async def enter(self) -> None:  # noqa: B027  (most have nothing to look at)
        """Look whether the caller has business here. Raises what there is to say against it."""

    @abstractmethod
    async def run(self, last_id: str) -> None:
        """Tell what there is to tell; return when no more will come."""

    async def beat(self) -> None:  # noqa: B027  (as above)
        """Every 15 seconds, beside the comment that keeps the line open."""

    def finish(self) -> None:
        """End the answer, whatever `run` would still tell."""
        self._ended.set()

    async def say(self, kind: str, data: Mapping[str, Any], *, event_id: str = "") -> None:
        """Tell an event under its name; `event_id` is what a client may resume behind."""
        await self.write(_event(kind, data, event_id))

    async def write(self, text: str, *, parting: bool = False) -> None:
        """Send it, one after the other, unless the stream is over, or parts and this is not why."""
        async with self._line, asyncio.timeout(SLOWEST_S):
            if not self.over and self._parting == parting:
                body = {"type": "http.response.body", "body": text.encode(), "more_body": True}
                await self._send(body)

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        request_id, token = requests.enter(headers.get(b"x-request-id", b"").decode("latin-1"))
        lines = [
            *ALWAYS, (b"x-request-id", request_id.encode()), *cross_origin(headers.get(b"origin")),
        ]  # fmt: skip
        self._send = send
        held = None
        try:
            try:
                scope["url_route"] = {"kwargs": dict(self.arguments)}
                self.caller = await sockets.admit_socket(scope, self.operation, now=now())
                await self.enter()
                held = await connections.here().register(
                    self.caller, warn=self._warn, end=self._part
                )
            except Exception as error:  # noqa: BLE001  (rendered as every problem is)
                await _refuse(send, explain(error), lines)
                return
            kind = (b"content-type", CONTENT_TYPE.encode())
            await send({"type": "http.response.start", "status": 200, "headers": [kind, *lines]})
            await self.write(f"retry: {RETRY_MS}\n\n")
            await self._go_on(receive, headers.get(b"last-event-id", b"").decode("latin-1"))
            async with self._line:
                self.over = True
                with suppress(OSError, RuntimeError):  # the peer has left
                    await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self.over = True
            if held is not None:
                await connections.here().forget(held)
            requests.leave(token)

    async def _go_on(self, receive: Receive, last_id: str) -> None:
        """Until all is told, the peer leaves, or the platform parts with it."""
        doing = [
            asyncio.create_task(each)
            for each in (
                self.run(last_id), self._beat(), _left(receive), self._ended.wait(),
            )
        ]  # fmt: skip
        done, pending = await asyncio.wait(doing, return_when=asyncio.FIRST_COMPLETED)
        while pending:
            # In Python 3.11 redis-py may lose a cancellation (cpython#86296): till it is heard.
            for task in pending:
                task.cancel()
            _, pending = await asyncio.wait(pending, timeout=CANCEL_AGAIN_S)
        for task in done:
            # Redis is away, or the peer; TimeoutError, an OSError, is of one that read too slowly.
            with suppress(RedisError, OSError, RuntimeError):
                task.result()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            await self.write(":\n\n")
            await self.beat()

    async def _warn(self, error: TifoError, closes_in_ms: int) -> None:
        await self.say("warning", sockets.warning(error, closes_in_ms))

    async def _part(self, error: TifoError, closes_in_ms: int) -> None:
        """Tell nothing more but why, and end."""
        self._parting = True
        await self.write(_event("warning", sockets.warning(error, closes_in_ms)), parting=True)
        await asyncio.sleep(closes_in_ms / 1000)
        await self.write(_event("problem", document(error)), parting=True)
        self.finish()


def _event(kind: str, data: Mapping[str, Any], event_id: str = "") -> str:
    named = f"id: {event_id}\n" if event_id else ""
    return f"{named}event: {kind}\ndata: {json.dumps(data)}\n\n"


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass  # a body, which a GET has no use for


async def _refuse(send: Send, error: TifoError, lines: list[tuple[bytes, bytes]]) -> None:
    told = [(name.lower().encode(), value.encode()) for name, value in error.headers.items()]
    kind = (b"content-type", problems.CONTENT_TYPE.encode())
    headers = [kind, *told, *lines]
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    body = json.dumps(document(error)).encode()
    await send({"type": "http.response.body", "body": body})
