"""Streams for devices that cannot hold a socket: one per session, zone and credential, as long as
frames keep coming by POST."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from apps.live_audio_feedback import queries
from apps.live_audio_feedback.streams import messages
from apps.live_audio_feedback.streams.hub import Hub
from apps.live_audio_feedback.streams.messages import Message
from apps.live_audio_feedback.streams.sessions import Stream
from foundation.batching import in_thread
from foundation.errors import TifoError
from gateway.callers.caller import Caller

Name = tuple[str, str, str]


class PostedStreams:
    """Each stream joins with its first frames and leaves as a silent socket is made to leave."""

    def __init__(self, hub: Callable[[], Hub], clock: Callable[[], datetime]) -> None:
        self._hub = hub
        self._clock = clock
        self._streams: dict[Name, Stream] = {}
        self._joining: dict[Name, asyncio.Task[Stream]] = {}
        self._leaving: set[asyncio.Task[None]] = set()

    async def hear(
        self, caller: Caller, session_id: str, zone: str, frames: Sequence[bytes]
    ) -> Message:
        """Queue well-formed frames and tell what the stream's client is to know now.

        Raises NotFound, UnknownZone, OutsideWindow, ServerFull, QuotaExceeded, ReducedCapacity or
        TooFast; the last ends the stream, as it would on a socket.
        """
        hub = self._hub()
        stream = await self._stream(hub, caller, session_id, zone)
        dropped = stream.pace.dropped
        try:
            fates = [fate for frame in frames if (fate := hub.hear(stream, frame))]
        except TifoError as error:
            hub.close(stream, error)
            raise
        outgoing, dropped = stream.outgoing, stream.pace.dropped - dropped
        return messages.heard(fates, dropped, outgoing.score, outgoing.take_notices())

    async def close(self) -> None:
        """Leave with every stream, so that places are free and roll-ups written at the end."""
        for stream in self._streams.values():
            self._hub().close(stream, None)
        await asyncio.gather(*self._leaving)

    async def _stream(self, hub: Hub, caller: Caller, session_id: str, zone: str) -> Stream:
        name = session_id, zone, caller.credential_id
        stream = self._streams.get(name)
        if stream is not None and not stream.closed:
            return stream
        joining = self._joining.get(name)
        if joining is None:
            joining = asyncio.create_task(self._join(hub, caller, name))
            self._joining[name] = joining
            joining.add_done_callback(lambda _: self._joining.pop(name))
        return await asyncio.shield(joining)

    async def _join(self, hub: Hub, caller: Caller, name: Name) -> Stream:
        session_id, zone, _ = name
        session = await in_thread(
            queries.open_session,
            caller.organisation,
            session_id,
            zone,
            livemode=caller.livemode,
            now=self._clock(),
        )
        stream = self._streams[name] = await hub.join(caller, session, zone)
        leaving = asyncio.create_task(self._leave(hub, name, stream))
        self._leaving.add(leaving)
        leaving.add_done_callback(self._leaving.discard)
        return stream

    async def _leave(self, hub: Hub, name: Name, stream: Stream) -> None:
        await stream.outgoing.closed()
        if self._streams.get(name) is stream:
            del self._streams[name]
        await hub.leave(stream)
