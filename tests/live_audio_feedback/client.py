"""A client in the test's own process: it speaks ASGI to the application, as a server would."""

import asyncio
import json
from collections.abc import Iterable
from types import TracebackType
from typing import Any

from apps.live_audio_feedback.sockets import StreamSocket

PATIENCE_S = 5.0
Message = dict[str, Any]


def application(capacity: int = 16) -> StreamSocket:
    """One socket process, with a hub of its own."""
    return StreamSocket(capacity)


class Socket:
    """`async with Socket(...)` connects; leaving disconnects as a client that just goes away."""

    def __init__(
        self,
        app: StreamSocket,
        session_id: str,
        zone: str = "north",
        *,
        key: str | None = None,
        subprotocols: Iterable[str] = (),
        origin: str | None = None,
        query: str | None = None,
        dry_run: str | None = None,
        end_user: str | None = None,
    ) -> None:
        headers = {
            "authorization": key and f"Bearer {key}", "origin": origin, "tifo-dry-run": dry_run,
            "tifo-end-user": end_user
        }  # fmt: skip
        self._scope = {
            "type": "websocket",
            "path": f"/v1/sessions/{session_id}/stream",
            "url_route": {"kwargs": {"session_id": session_id}},
            "query_string": (f"zone={zone}" if query is None else query).encode(),
            "headers": [(name.encode(), text.encode()) for name, text in headers.items() if text],
            "subprotocols": list(subprotocols),
        }
        self._app = app
        self._inbox: asyncio.Queue[Message] = asyncio.Queue()
        self._outbox: asyncio.Queue[Message] = asyncio.Queue()
        self.protocol: str | None = None
        self.seen: list[Message] = []

    async def __aenter__(self) -> "Socket":
        self._served = asyncio.create_task(
            self._app(self._scope, self._inbox.get, self._outbox.put)
        )
        await self._inbox.put({"type": "websocket.connect"})
        accepted = await self._next()
        assert accepted["type"] == "websocket.accept"
        self.protocol = accepted["subprotocol"]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._inbox.put({"type": "websocket.disconnect", "code": 1006})
        await asyncio.wait_for(self._served, PATIENCE_S)

    async def send(self, *frames: bytes) -> None:
        for frame in frames:
            await self._inbox.put({"type": "websocket.receive", "bytes": frame})

    async def say(self, text: str) -> None:
        await self._inbox.put({"type": "websocket.receive", "text": text})

    async def end(self) -> None:
        await self.say('{"type": "end"}')

    async def receive(self, kind: str) -> Message:
        """The next message of that type; those before it are kept in `seen`."""
        while True:
            raw = await self._next()
            assert raw["type"] == "websocket.send", f"{kind} awaited, but {raw}"
            message: Message = json.loads(raw["text"])
            self.seen.append(message)
            if message["type"] == kind:
                return message

    async def answer(self) -> str:
        """What the door said: `hello`, or the code of the error."""
        message = json.loads((await self._next())["text"])
        return str(message.get("code", message["type"]))

    async def closed(self) -> int:
        """The close code; messages before it are kept in `seen`."""
        while True:
            raw = await self._next()
            if raw["type"] == "websocket.close":
                return int(raw["code"])
            self.seen.append(json.loads(raw["text"]))

    def codes(self, kind: str) -> list[str]:
        return [message["code"] for message in self.seen if message["type"] == kind]

    def last(self, kind: str) -> Message:
        return [message for message in self.seen if message["type"] == kind][-1]

    async def _next(self) -> Message:
        """The application's next message; its own error, if it ended with one instead."""
        async with asyncio.timeout(PATIENCE_S):
            while self._outbox.empty():
                if self._served.done():
                    self._served.result()
                await asyncio.sleep(0.001)
            return self._outbox.get_nowait()
