"""The hot door and its twins' in the test's own process, spoken to as a server would."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from gateway.doors.front import Front
from tifo.asgi import rest_on_threads
from tifo.hot import OPERATIONS

PATIENCE_S = 20.0
Application = Callable[[Any, Any, Any], Awaitable[None]]


@dataclass(frozen=True)
class Answer:
    """What a door said; the names of headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def said(self) -> tuple[int, Any]:
        """All but what differs from call to call."""
        told = self.json() if self.body else None
        if isinstance(told, dict):
            told.pop("request_id", None)
        return self.status, told


class Door:
    """A client of one application under one credential."""

    def __init__(self, application: Application, token: str | None) -> None:
        self._application = application
        self._token = token

    def using(self, token: str | None) -> "Door":
        return Door(self._application, token)

    async def post(
        self,
        path: str,
        body: Any = None,
        *,
        method: str = "POST",
        without: Iterable[str] = (),
        pieces: int = 1,
        more: Iterable[tuple[bytes, bytes]] = (),
        **headers: str,
    ) -> Answer:
        """Bytes go as they are, anything else as JSON; header names have underscores, but for
        `more` headers, which may come twice."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        path, _, query = path.partition("?")
        sent = {"host": "testserver", "content-type": "application/json"}
        if self._token is not None:
            sent["authorization"] = f"Bearer {self._token}"
        sent["content-length"] = str(len(content))
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": query.encode(),
            "headers": [
                (name.encode(), value.encode())
                for name, value in sent.items()
                if name not in without
            ]
            + [*more],
            "client": ("127.0.0.1", 50_000),
            "server": ("127.0.0.1", 8000),
        }
        return await asyncio.wait_for(
            _converse(self._application, scope, _cut(content, pieces)), PATIENCE_S
        )


class Doors:
    """`hot` is the platform's own front, `twin` the same operations under REST alone.

    `handed_on` counts the calls that `hot` passed on to their twins.
    """

    def __init__(self, token: str | None) -> None:
        self.handed_on = 0
        self.hot = Door(Front(OPERATIONS, twins=self._twins, fallback=_nowhere), token)
        self.twin = Door(_unusually, token)

    async def _twins(self, scope: Any, receive: Any, send: Any) -> None:
        self.handed_on += 1
        await rest_on_threads(scope, receive, send)


async def _converse(application: Application, scope: Any, parts: list[bytes]) -> Answer:
    told: list[Any] = []
    waiting = list(parts)

    async def receive() -> Any:
        if not waiting:
            return {"type": "http.disconnect"}
        part = waiting.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(waiting)}

    async def send(message: Any) -> None:
        told.append(message)

    await application(scope, receive, send)
    start, *rest = told
    assert start["type"] == "http.response.start"
    headers = {name.decode(): value.decode("latin-1") for name, value in start["headers"]}
    return Answer(start["status"], headers, b"".join(part["body"] for part in rest))


async def _unusually(scope: Any, receive: Any, send: Any) -> None:
    """By way of the front, but with a header sent twice: that alone makes a call its twin's."""
    scope["headers"] += [(b"x-twice", b"so")] * 2
    await Front(OPERATIONS, twins=rest_on_threads, fallback=_nowhere)(scope, receive, send)


async def _nowhere(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b"{}"})


def _cut(content: bytes, pieces: int) -> list[bytes]:
    size = max(1, -(-len(content) // pieces))
    return [content[at : at + size] for at in range(0, len(content), size)] or [b""]
