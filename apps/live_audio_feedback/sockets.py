"""`/v1/sessions/{id}/stream`: audio in, scores out. A plain ASGI coroutine beside Channels.

A Channels consumer costs four times as much per message, and there are fifty a second per stream.
"""

import asyncio
import logging
import weakref
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from django.conf import settings

from apps.live_audio_feedback import queries
from apps.live_audio_feedback.models import LiveSession
from apps.live_audio_feedback.rules.encoded import check_text
from apps.live_audio_feedback.rules.frames import MalformedFrame, check_first, of_message
from apps.live_audio_feedback.streams.hub import Hub
from apps.live_audio_feedback.streams.posted import PostedStreams
from apps.live_audio_feedback.streams.sessions import Stream
from foundation.batching import in_thread
from foundation.clock import now as wall_clock
from foundation.errors import TifoError
from foundation.http import requests
from foundation.validation.strict_json import read_json
from gateway.callers.caller import Caller
from gateway.doors import sockets
from gateway.operations import reads

STREAM = reads("sessions:stream")
ZONE = "zone"
STRAIGHT = "tifo.bytes"
"""The server's extension of the ASGI scope that hands bytes over as they come."""
logger = logging.getLogger(__name__)
Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]


class StreamSocket:
    """The ASGI application; every event loop that serves it has a hub of `capacity` streams."""

    def __init__(self, capacity: int, clock: Callable[[], datetime] = wall_clock) -> None:
        self._capacity = capacity
        self._clock = clock
        self._hubs: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = (
            weakref.WeakKeyDictionary()
        )

    async def __call__(self, scope: Scope, receive: Receive, send: sockets.Send) -> None:
        _, token = requests.enter(None)
        try:
            await self._serve(scope, receive, send)
        finally:
            requests.leave(token)

    async def _serve(self, scope: Scope, receive: Receive, send: sockets.Send) -> None:
        await receive()  # websocket.connect
        hub = self.hub()
        try:
            caller, session, zone = await self._admit(scope)
            stream = await hub.join(caller, session, zone)
        except TifoError as error:
            await sockets.refuse(scope, send, error)
            return
        try:
            await send({"type": "websocket.accept", "subprotocol": sockets.chosen_protocol(scope)})
            await _converse(hub, stream, scope, receive, send)
        finally:
            await hub.leave(stream)

    def hub(self) -> Hub:
        """The hub of the event loop that runs."""
        loop = asyncio.get_running_loop()
        if loop not in self._hubs:
            self._hubs[loop] = Hub(self._capacity, self._clock)
        return self._hubs[loop]

    async def _admit(self, scope: Scope) -> tuple[Caller, LiveSession, str]:
        """Who streams, to which session and zone; raises what the gate, NotFound, UnknownZone or
        OutsideWindow have to say."""
        now = self._clock()
        caller = await sockets.admit_socket(scope, STREAM, now=now, parameters=[ZONE])
        zone = sockets.query(scope).get(ZONE, [""])[0]
        session = await in_thread(
            queries.open_session,
            caller.organisation,
            scope["url_route"]["kwargs"]["session_id"],
            zone,
            livemode=caller.livemode,
            now=self._clock(),
        )
        return caller, session, zone


async def _converse(
    hub: Hub, stream: Stream, scope: Scope, receive: Receive, send: sockets.Send
) -> None:
    """Until the client has left, was told the end, or no longer takes what it is told."""
    tasks = [
        asyncio.create_task(_listen(hub, stream, scope, receive)),
        asyncio.create_task(stream.outgoing.deliver(send)),
        asyncio.create_task(stream.outgoing.overdue()),
    ]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _listen(hub: Hub, stream: Stream, scope: Scope, receive: Receive) -> None:
    ears = Ears(hub, stream)
    straight = scope.get("extensions", {}).get(STRAIGHT)
    if straight is None:
        await _follow(hub, stream, ears, receive)
        return
    straight["hear"](ears.hear)  # sound is then heard as it comes, and `receive` brings the rest
    try:
        await _follow(hub, stream, ears, receive)
    finally:
        straight["hear"](None)


async def _follow(hub: Hub, stream: Stream, ears: "Ears", receive: Receive) -> None:
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            return
        sound = message.get("bytes")
        if sound is not None:
            ears.hear(sound)
            continue
        try:
            _obey(stream, message.get("text") or "")
        except TifoError as error:
            hub.close(stream, error)


class Ears:
    """What becomes of a message of sound: its frames wait for the tick, or end the stream."""

    def __init__(self, hub: Hub, stream: Stream) -> None:
        self._hub, self._stream = hub, stream
        self._unheard = True

    def hear(self, sound: bytes) -> None:
        """Never raises: its caller may be the server."""
        try:
            frames = of_message(sound)
            if self._unheard:
                check_first(frames)
                self._unheard = False
            for frame in frames:
                self._hub.hear(self._stream, frame)
        except TifoError as error:
            self._hub.close(self._stream, error)
        except Exception:
            logger.exception("sound could not be heard")
            self._hub.close(self._stream, TifoError())


def _obey(stream: Stream, text: str) -> None:
    """The one thing a client may say in words: that it is done."""
    try:
        asked = read_json(text)
    except ValueError:
        asked = None
    if asked != {"type": "end"}:
        check_text(text)
        raise MalformedFrame(
            'The only text frame understood is {"type": "end"}; frames of sound are binary.'
        )
    stream.ending = True


stream = StreamSocket(capacity=settings.LIVE_STREAMS_PER_PROCESS)
posted = PostedStreams(stream.hub, wall_clock)
