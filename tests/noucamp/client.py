"""A kiosk in the test's own process: it speaks ASGI to the device socket, as a server would."""

import json
from types import TracebackType
from typing import Any

from asgiref.testing import ApplicationCommunicator
from channels.routing import URLRouter
from django.urls import path

from apps.noucamp.consumers import DeviceConsumer

ADDRESS = "v1/devices/connect"
PATIENCE_S = 3.0


def mounted(look_again_s: float) -> URLRouter:
    """The device socket at its address, looking into Postgres as often as told."""
    return URLRouter([path(ADDRESS, DeviceConsumer.as_asgi(look_again_s=look_again_s))])


PATIENT, EAGER = mounted(60.0), mounted(0.05)


class DeviceSocket:
    """`async with DeviceSocket(credential)` connects; leaving disconnects and waits for the end."""

    def __init__(
        self,
        credential: str | None,
        application: URLRouter = PATIENT,
        *,
        subprotocols: tuple[str, ...] = (),
    ) -> None:
        token = [(b"authorization", f"Bearer {credential}".encode())] if credential else []
        scope = {
            "type": "websocket",
            "path": f"/{ADDRESS}",
            "query_string": b"",
            "headers": token,
            "subprotocols": list(subprotocols),
        }
        self._asgi = ApplicationCommunicator(application, scope)
        self.protocol: str | None = None

    async def __aenter__(self) -> "DeviceSocket":
        await self._asgi.send_input({"type": "websocket.connect"})
        accepted = await self._asgi.receive_output(PATIENCE_S)
        assert accepted["type"] == "websocket.accept"
        self.protocol = accepted["subprotocol"]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._asgi.send_input({"type": "websocket.disconnect", "code": 1000})
        await self._asgi.wait(PATIENCE_S)

    async def send(self, frame: dict[str, Any] | str | bytes) -> None:
        kind = "bytes" if isinstance(frame, bytes) else "text"
        data = json.dumps(frame) if isinstance(frame, dict) else frame
        await self._asgi.send_input({"type": "websocket.receive", kind: data})

    async def receive(self) -> dict[str, Any]:
        """The next frame."""
        message = await self._asgi.receive_output(PATIENCE_S)
        assert message["type"] == "websocket.send", message
        frame: dict[str, Any] = json.loads(message["text"])
        return frame

    async def hears_nothing(self, seconds: float = 0.15) -> bool:
        return bool(await self._asgi.receive_nothing(seconds))

    async def refusal(self) -> tuple[str, int]:
        """The code of the problem frame that comes next, and of the close that follows it."""
        problem = await self.receive()
        closed = await self._asgi.receive_output(PATIENCE_S)
        assert closed["type"] == "websocket.close"
        return problem["code"], closed["code"]
