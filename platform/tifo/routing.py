"""Which socket is answered by whom. Audio goes to a plain ASGI coroutine, not to Channels."""

from typing import Any, cast

from django.urls import path, re_path

from apps.live_audio_feedback import sockets as live_audio_feedback
from apps.noucamp.consumers import DeviceConsumer
from apps.portal.consumers import EventsConsumer
from foundation.errors import NotFound
from gateway.sockets import refuse


def _at(route: str, application: Any) -> Any:
    """Django's `path`, which types its view as HTTP's."""
    return path(route, application)


websockets: list[Any] = [
    _at("v1/events", EventsConsumer.as_asgi()),
    _at("v1/sessions/<str:session_id>/stream", live_audio_feedback.stream),
    _at("v1/devices/connect", DeviceConsumer.as_asgi()),
]


async def _nothing_here(scope: Any, receive: Any, send: Any) -> None:
    """A socket address that nobody answers: said in a frame, like every other refusal."""
    await receive()
    await refuse(scope, send, NotFound(f"No socket answers at {scope['path']}."))


websockets.append(re_path(r"", cast("Any", _nothing_here)))


async def lifespan(scope: Any, receive: Any, send: Any) -> None:
    """Answer the server's start and stop; each family cleans up with its last socket."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.shutdown":
            await live_audio_feedback.posted.close()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def no_rest_here(scope: Any, receive: Any, send: Any) -> None:
    """The socket process of the production profile answers health checks and nothing else."""
    healthy = scope["path"] == "/livez"
    headers = [(b"content-type", b"application/json")]
    await send(
        {"type": "http.response.start", "status": 200 if healthy else 404, "headers": headers}
    )
    await send({"type": "http.response.body", "body": b"{}"})
