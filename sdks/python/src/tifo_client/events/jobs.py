"""A job from where it stands to its final state, also when the line is lost in between."""

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Callable, Generator
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import quote

import httpx

from tifo_client import transport
from tifo_client.errors import ConnectionFailed, QuotaExceeded, Unavailable
from tifo_client.events.heard import Heard, JobEvent
from tifo_client.events.server_sent import STREAM
from tifo_client.resources import Wires

SILENCE_S: Final = 45.0  # three of the comments that come every 15 seconds
# What is waited out, and every error of httpx.
_PASSES: Final = (ConnectionFailed, Unavailable, QuotaExceeded, httpx.RequestError)


class JobEvents:
    """`for event in tifo.jobs.events(job_id)`, or `async for`; it ends with the job.

    Where the line is lost it connects again and goes on behind the last event that it heard; what
    it has told already is not told again. An outage or a limit is waited out, longer from time to
    time, for `reconnect_s` seconds in a row; then, and for whatever does not pass, it raises the
    TifoError that says why. What the platform announces before it ends an answer is added to
    `warnings`. A state that is not known yet is told as it is.

    `with` or `close()` ends it early, `async with` or `aclose()` what is read by `async for`. That
    has connections of its own, as sockets have, which do not go through the client's `network`.
    """

    def __init__(
        self,
        wires: Wires,
        job_id: str,
        reconnect_s: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._wires = wires
        self._path = f"/v1/jobs/{quote(job_id, safe='')}/events"
        self._heard = Heard(job_id, reconnect_s, clock, draw)
        self._events = self._follow()
        self._events_apart = self._follow_apart()

    @property
    def warnings(self) -> list[dict[str, Any]]:
        return self._heard.warnings

    def close(self) -> None:
        self._events.close()

    async def aclose(self) -> None:
        await self._events_apart.aclose()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> JobEvent:
        return next(self._events)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> JobEvent:
        return await anext(self._events_apart)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    def _follow(self) -> Generator[JobEvent]:
        client = self._wires.core.get_httpx_client()
        while self._heard.goes_on():
            try:
                with client.stream("GET", self._path, **self._asked()) as answer:
                    self._heard.begin(answer)
                    for piece in answer.iter_bytes():
                        yield from self._heard.hear(piece)
                        if not self._heard.goes_on():
                            return
                self._heard.end()
            except _PASSES as error:
                time.sleep(self._heard.lose(error))

    async def _follow_apart(self) -> AsyncGenerator[JobEvent]:
        async with httpx.AsyncClient(
            base_url=self._wires.endpoint.base_url,
            auth=transport.Bearer(self._wires.endpoint.key),
            event_hooks={"response": [_refuse]},
        ) as client:
            while self._heard.goes_on():
                try:
                    async with client.stream("GET", self._path, **self._asked()) as answer:
                        self._heard.begin(answer)
                        async for piece in answer.aiter_bytes():
                            for event in self._heard.hear(piece):
                                yield event
                            if not self._heard.goes_on():
                                return
                    self._heard.end()
                except _PASSES as error:
                    await asyncio.sleep(self._heard.lose(error))

    def _asked(self) -> dict[str, Any]:
        given = self._wires.core.get_httpx_client().timeout.as_dict()
        headers = {"Accept": STREAM}
        if self._heard.last_id:
            headers["Last-Event-ID"] = self._heard.last_id
        return {
            "headers": headers,
            "timeout": httpx.Timeout(**given | {"read": SILENCE_S}),
            "extensions": {transport.STREAMED: True},
        }


async def _refuse(response: httpx.Response) -> None:
    if response.status_code != httpx.codes.OK:
        await response.aread()
    transport.refuse(response)
