"""What every socket shares: where it is, how it is entered, and what its last frame means."""

import json
from types import TracebackType
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, ConnectionClosedOK, WebSocketException

from tifo_client.errors import ConnectionFailed, from_problem
from tifo_client.place import Place

PROTOCOL = "tifo-v1"
WITHIN_S = 10.0


class Socket:
    """One connection: `async with` opens and closes it, `async for` reads it until it ends.

    Raises the TifoError of the problem with which the platform refused or ended it, and
    ConnectionFailed when the network did. What the platform announces before it ends the socket,
    such as a key that expires within the minute, is added to `warnings`.
    """

    def __init__(self, place: Place, path: str, **query: str) -> None:
        self.address = place.address(path, **query)
        self._headers = {"Authorization": f"Bearer {place.key}"}
        self._line: ClientConnection | None = None
        self.hello: dict[str, Any] = {}
        self.warnings: list[dict[str, Any]] = []

    async def __aenter__(self) -> Self:
        try:
            self._line = await connect(
                self.address,
                additional_headers=self._headers,
                subprotocols=[PROTOCOL],  # type: ignore[list-item]
                compression=None,
                open_timeout=WITHIN_S,
            )
        except (OSError, WebSocketException, TimeoutError) as error:
            raise ConnectionFailed({"detail": f"{self.address}: {error}"}) from error
        self.hello = await self._receive() or {}
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._line is not None:
            await self._line.close()

    async def _send(self, frame: bytes | str) -> None:
        try:
            await self._open.send(frame)
        except ConnectionClosed as closed:
            # The reason stands in a frame that was not read yet.
            while await self._receive() is not None:
                pass
            raise ConnectionFailed({"detail": f"{self.address}: {closed}"}) from closed

    async def _receive(self) -> dict[str, Any] | None:
        """The next frame that is no warning; None once the socket was closed in order."""
        while True:
            try:
                frame: dict[str, Any] = json.loads(await self._open.recv())
            except ConnectionClosedOK:
                return None
            except ConnectionClosed as closed:
                raise ConnectionFailed({"detail": f"{self.address}: {closed}"}) from closed
            match frame.get("type"):
                case "error":
                    raise from_problem(frame)
                case "warning":
                    self.warnings.append(frame)
                case _:
                    return frame

    @property
    def _open(self) -> ClientConnection:
        if self._line is None:
            raise RuntimeError("Enter the socket first: async with … as socket.")
        return self._line


class EventSocket(Socket):
    """The organisation's events as plain dictionaries with a `type`: score, cue, job, thermal, …"""

    def __init__(self, place: Place) -> None:
        super().__init__(place, "/v1/events")

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> dict[str, Any]:
        frame = await self._receive()
        if frame is None:
            raise StopAsyncIteration
        return frame
