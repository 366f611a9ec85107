"""What every socket shares: where it is, how it is entered, and what its last frame means."""

import asyncio
import json
import logging
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any, ClassVar, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import (
    ConnectionClosed,
    ConnectionClosedOK,
    InvalidStatus,
    WebSocketException,
)

from tifo_client.endpoint import Endpoint
from tifo_client.errors import ConnectionFailed, TifoError, from_answer, from_problem
from tifo_client.keys import hidden

PROTOCOL = "tifo-v1"
WITHIN_S = 10.0
REFUSALS = range(4400, 4600)  # a close code is 4000 and the status of the problem
MOST_UNREAD = 16  # frames, before the platform is made to wait


class _HidesKeys(logging.Filter):
    """At the level DEBUG, websockets logs the headers that it sends."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = hidden(record.getMessage()), None
        return True


_log = logging.getLogger(__name__)
_log.addFilter(_HidesKeys())


class _Door(connect):
    """Opens a connection at the very address, for a redirection may lead the key to a stranger."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


class Socket:
    """One connection: `async with` opens and closes it, `async for` reads it until it ends.

    Raises the TifoError of the problem with which the platform refused or ended it, to whoever
    reads and to whoever sends, and ConnectionFailed when the network did. What the platform
    announces before it ends the socket, such as a key that expires within the minute, is added to
    `warnings`. A frame that is no JSON object with a `type` raises TifoError, and the next may be
    read; frames of a type that is not known yet are left out, or told as they are by `events`.
    """

    most_unread: ClassVar[int | None] = MOST_UNREAD

    def __init__(self, endpoint: Endpoint, path: str, **query: str) -> None:
        self.address = endpoint.address(path, **query)
        self._endpoint = endpoint
        self._line: ClientConnection | None = None
        self._unread: deque[str | bytes] = deque()
        self._reading = asyncio.Lock()
        self._refusal: dict[str, Any] | None = None
        self.hello: dict[str, Any] = {}
        self.warnings: list[dict[str, Any]] = []

    async def __aenter__(self) -> Self:
        self._line = await self._connect()
        try:
            async with asyncio.timeout(WITHIN_S):
                self.hello = await self._receive() or {}
        except TimeoutError as error:
            await self._line.close()
            raise ConnectionFailed({"detail": f"{self.address}: no greeting came"}) from error
        except BaseException:
            await self._line.close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._line is not None:
            await self._line.close()

    async def _connect(self) -> ClientConnection:
        try:
            return await _Door(
                self.address,
                additional_headers={"Authorization": f"Bearer {self._endpoint.key}"},
                subprotocols=[PROTOCOL],  # type: ignore[list-item]
                compression=None,
                open_timeout=WITHIN_S,
                max_queue=self.most_unread,
                logger=_log,
            )
        except InvalidStatus as refused:
            answer = refused.response
            headers = {name.lower(): value for name, value in answer.headers.raw_items()}
            raise from_answer(
                answer.status_code, answer.reason_phrase, headers, bytes(answer.body or b"")
            ) from refused
        except (OSError, WebSocketException, TimeoutError) as error:
            raise ConnectionFailed({"detail": f"{self.address}: {error}"}) from error

    async def _send(self, frame: bytes | str) -> None:
        try:
            await self._open.send(frame)
        except ConnectionClosed as closed:
            await self._keep_unread()
            raise self._end(closed) from closed

    async def _receive(self) -> dict[str, Any] | None:
        """The next frame that is no warning; None once the socket was closed in order."""
        while True:
            try:
                async with self._reading:
                    raw = self._unread.popleft() if self._unread else await self._hear()
            except ConnectionClosedOK:
                return None
            except ConnectionClosed as closed:
                raise self._end(closed) from closed
            frame = told(raw)
            match frame.get("type"):
                case "error":
                    raise from_problem(frame)
                case "warning":
                    self.warnings.append(frame)
                case str():
                    return frame
                case _:
                    raise malformed("it has no type")

    async def _hear(self) -> str | bytes:
        """A frame from the line. If it is an error, it is why the line ends, unless more comes."""
        raw = await self._open.recv()
        try:
            frame = told(raw)
        except TifoError:
            frame = {}
        self._refusal = frame if frame.get("type") == "error" else None
        return raw

    async def _keep_unread(self) -> None:
        """After the end: what came before it stays to be read, and may say why it came."""
        async with self._reading:
            while True:
                try:
                    self._unread.append(await self._hear())
                except ConnectionClosed:
                    return

    def _end(self, closed: ConnectionClosed) -> TifoError:
        """Why the line was closed: its last frame says so, or the close code and its reason."""
        if self._refusal is not None:
            return from_problem(self._refusal)
        if closed.rcvd is not None and closed.rcvd.code in REFUSALS:
            status, code = closed.rcvd.code - 4000, closed.rcvd.reason
            return from_problem({"status": status, "code": code, "detail": str(closed)})
        return ConnectionFailed({"detail": f"{self.address}: {closed}"})

    @property
    def _open(self) -> ClientConnection:
        if self._line is None:
            raise RuntimeError("Enter the socket first: async with … as socket.")
        return self._line


class EventSocket(Socket):
    """The organisation's events as plain dictionaries with a `type`: score, cue, job, thermal, …"""

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__(endpoint, "/v1/events")

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> dict[str, Any]:
        frame = await self._receive()
        if frame is None:
            raise StopAsyncIteration
        return frame


@contextmanager
def reading(frame: Mapping[str, Any]) -> Iterator[None]:
    """Around the making of something from a frame: TifoError for a frame of another shape."""
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise malformed(f"its type is {frame.get('type')!r}") from error


def number(value: object) -> float:
    """A number of a frame; raises TypeError for anything else."""
    if type(value) not in {int, float}:
        raise TypeError(value)
    return value  # type: ignore[return-value]


def word(value: object) -> str | None:
    """A word of a frame, None where it is left out; raises TypeError for anything else."""
    if value is not None and type(value) is not str:
        raise TypeError(value)
    return value


def malformed(what: str) -> TifoError:
    return TifoError({"detail": f"A frame of another shape than this client knows: {what}."})


def told(raw: str | bytes) -> dict[str, Any]:
    """The object of a frame; raises TifoError where it holds none."""
    try:
        frame = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise malformed("it is no JSON") from error
    if not isinstance(frame, dict):
        raise malformed("it is no object")
    return frame
