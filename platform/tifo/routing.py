"""Which socket is answered by whom. Audio goes to a plain ASGI coroutine, not to Channels."""

import contextlib
import gc
import json
import re
from collections.abc import Mapping
from typing import Any, cast

from channels.db import database_sync_to_async
from django.db import DatabaseError
from django.urls import path, re_path

from apps.account.consumers import EventsConsumer
from apps.account.streams import EventsStream, JobStream
from apps.live_audio_feedback import sockets as live_audio_feedback
from apps.noucamp.consumers import DeviceConsumer
from foundation.errors import NotFound, TifoError
from foundation.http.pages import METHODS, not_read
from foundation.http.problems import CONTENT_TYPE, document
from foundation.ids import PATTERN
from gateway.admission import refusal_log
from gateway.doors.sockets import refuse
from gateway.doors.streams import Stream
from gateway.outages import journal
from gateway.stores import async_store


def _at(route: str, application: Any) -> Any:
    """Django's `path`, which types its view as HTTP's."""
    return path(route, application)


websockets: list[Any] = [
    _at("v1/events", EventsConsumer.as_asgi()),
    _at("v1/sessions/<str:session_id>/stream", live_audio_feedback.stream),
    _at("v1/devices/connect", DeviceConsumer.as_asgi()),
]

_id = re.compile(PATTERN)
streams: Mapping[str, type[Stream]] = {
    r"/v1/events": EventsStream,
    r"/v1/jobs/(?P<job_id>[^/]+)/events": JobStream,
}


def streaming(rest: Any, *, twins: Any) -> Any:
    """Answers that go on, in the event loop.

    `twins` answers whoever asks their addresses for something else (`apps.account.api.streams`),
    `rest` all other addresses.
    """

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        for address, stream in streams.items():
            if found := re.fullmatch(address, scope["path"]):
                named = found.groupdict()
                plain = _asks_for_a_stream(scope) and all(map(_id.fullmatch, named.values()))
                await (stream(named) if plain else twins)(scope, receive, send)
                return
        await rest(scope, receive, send)

    return answer


def _asks_for_a_stream(scope: Any) -> bool:
    headers = dict(scope["headers"])
    return bool(
        scope["method"] == "GET"
        and headers.get(b"content-length", b"0") == b"0"
        and b"transfer-encoding" not in headers
        and headers.get(b"tifo-dry-run", b"?0").strip() == b"?0"
    )


async def _nothing_here(scope: Any, receive: Any, send: Any) -> None:
    """A socket address that nobody answers: said in a frame, like every other refusal."""
    await receive()
    await refuse(scope, send, NotFound(f"No socket answers at {scope['path']}."))


websockets.append(re_path(r"", cast("Any", _nothing_here)))


async def lifespan(scope: Any, receive: Any, send: Any) -> None:
    """At the start, what an earlier process left is counted; at the stop, what is held is left."""
    assert (await receive())["type"] == "lifespan.startup"
    journal.start_replaying()
    gc.collect()
    gc.freeze()  # what is loaded stays for good: the collector need not walk it between calls
    await send({"type": "lifespan.startup.complete"})
    assert (await receive())["type"] == "lifespan.shutdown"
    await live_audio_feedback.posted.close()
    await async_store().aclose()
    with contextlib.suppress(DatabaseError):  # at exit no thread would be asked any more
        await database_sync_to_async(refusal_log.flush)()
    await send({"type": "lifespan.shutdown.complete"})


def health_alone(rest: Any) -> Any:
    """What the socket process of the production profile answers over HTTP: health checks.

    `/livez` is answered in the event loop, for it says that the loop turns; what looks at the
    database goes to `rest`, on a thread.
    """

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/readyz":
            await rest(scope, receive, send)
        elif scope["path"] != "/livez":
            await _say(send, NotFound(f"Nothing answers at {scope['path']}."))
        elif scope["method"] not in METHODS:
            await _say(send, not_read(scope["method"]))
        else:
            await _send(send, 200, {"status": "ok"}, {"Content-Type": "application/json"})

    return answer


async def _say(send: Any, error: TifoError) -> None:
    await _send(send, error.status, document(error), error.headers | {"Content-Type": CONTENT_TYPE})


async def _send(send: Any, status: int, said: Any, headers: Mapping[str, str]) -> None:
    lines = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": lines})
    await send({"type": "http.response.body", "body": json.dumps(said).encode()})
