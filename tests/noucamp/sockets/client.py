"""A kiosk in the test's own process: it speaks ASGI to the device socket, as a server would."""

import asyncio
import json
from types import TracebackType
from typing import Any

from apps.noucamp.consumers import DeviceConsumer
from apps.noucamp.fleet import Fleet

PATIENCE_S = 5.0
PATIENT: Any = DeviceConsumer.as_asgi(fleet=Fleet(look_again_s=60.0))
EAGER: Any = DeviceConsumer.as_asgi(fleet=Fleet(look_again_s=0.05))
Message = dict[str, Any]


class DeviceSocket:
    """`async with DeviceSocket(credential)` connects; leaving disconnects and waits for the end."""

    def __init__(
        self,
        credential: str | None,
        application: Any = PATIENT,
        *,
        subprotocols: tuple[str, ...] = (),
        query: str = "",
        more: tuple[tuple[bytes, bytes], ...] = (),
    ) -> None:
        headers = [(b"authorization", f"Bearer {credential}".encode())] if credential else []
        self._application = application
        self._scope = {
            "type": "websocket",
            "path": "/v1/devices/connect",
            "query_string": query.encode(),
            "headers": [*headers, *more],
            "subprotocols": list(subprotocols),
        }
        self._inbox: asyncio.Queue[Message] = asyncio.Queue()
        self._outbox: asyncio.Queue[Message] = asyncio.Queue()
        self.protocol: str | None = None

    async def __aenter__(self) -> "DeviceSocket":
        self._served = asyncio.create_task(
            self._application(self._scope, self._inbox.get, self._outbox.put)
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
        await self._inbox.put({"type": "websocket.disconnect", "code": 1000})
        async with asyncio.timeout(PATIENCE_S):
            await self._served

    async def send(self, frame: Message | str | bytes) -> None:
        kind = "bytes" if isinstance(frame, bytes) else "text"
        data = json.dumps(frame) if isinstance(frame, dict) else frame
        await self._inbox.put({"type": "websocket.receive", kind: data})

    async def receive(self) -> Message:
        """The next frame."""
        message = await self._next()
        assert message["type"] == "websocket.send", message
        frame: Message = json.loads(message["text"])
        return frame

    async def hears_nothing(self, seconds: float = 0.15) -> bool:
        await asyncio.sleep(seconds)
        return self._outbox.empty()

    async def parting(self) -> tuple[str, int]:
        """The code with which an open socket is warned and then ended, and that of its close."""
        warning = await self.receive()
        assert warning["type"] == "warning"
        code, close = await self.refusal()
        assert code == warning["code"]
        return code, close

    async def refusal(self) -> tuple[str, int]:
        """The code of the problem frame that comes next, and of the close that follows it."""
        problem = await self.receive()
        assert problem["type"] == "error"
        closed = await self._next()
        assert closed["type"] == "websocket.close"
        return problem["code"], closed["code"]

    async def _next(self) -> Message:
        """The application's next message; its own error, if it ended with one instead."""
        async with asyncio.timeout(PATIENCE_S):
            while self._outbox.empty():
                if self._served.done():
                    self._served.result()
                await asyncio.sleep(0.001)
            return self._outbox.get_nowait()
