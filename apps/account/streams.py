"""Events as they happen over plain HTTP: all of the organisation's, or one job's until its end."""

import asyncio
from contextlib import suppress
from typing import Any, Final

from channels.db import database_sync_to_async
from channels.layers import get_channel_layer

from foundation.clock import now
from foundation.events import queries as outbox
from foundation.events.catalogue import catalogue
from foundation.events.sockets import Audience
from gateway.doors.streams import Stream
from gateway.operations import reads
from jobs import queries
from jobs.models import Job
from jobs.services.news import data_of

MOST_RESUMED: Final = 1_000
Told = tuple[dict[str, Any], str]
"""A frame, and the id of the durable event that it tells, or nothing."""


class EventsStream(Stream):
    """What `/v1/events` tells a socket, with the ids of durable events."""

    operation = reads("events:read")

    async def run(self, last_id: str) -> None:
        to = Audience(self.caller.organisation.pk, self.caller.livemode)
        layer: Any = get_channel_layer()
        channel = await layer.new_channel()
        await layer.group_add(to.group, channel)
        heard: asyncio.Queue[Told] = asyncio.Queue()
        hearing = asyncio.create_task(_hear(layer, channel, heard))
        try:
            await self.resume(last_id, to)
            if await self.begin():
                while await self.pass_on(*await heard.get()):
                    pass
        finally:
            hearing.cancel()
            with suppress(OSError):
                await layer.group_discard(to.group, channel)

    async def begin(self) -> bool:
        """Greet; whether there is more to come."""
        await self.say("hello", {"livemode": self.caller.livemode, "at": now().isoformat()})
        return True

    async def resume(self, last_id: str, to: Audience) -> None:
        """Tell what was told since; `gap` where that is not known any more."""
        if not last_id:
            return
        missed = await database_sync_to_async(outbox.since)(last_id, MOST_RESUMED, to=to, now=now())
        if missed is None or len(missed) == MOST_RESUMED:
            await self.say("gap", {"after": last_id})
        frames = {name: event.frame for name, event in catalogue().items()}
        for event in missed or ():
            if kind := frames.get(event.type):
                await self.pass_on({"type": kind, **event.data}, event.pk)

    async def pass_on(self, frame: dict[str, Any], event_id: str) -> bool:
        """Tell it; whether there is more to come."""
        await self.say(frame["type"], frame, event_id=event_id)
        return True


class JobStream(EventsStream):
    """What is told of one job, from where it stands to its final state."""

    operation = reads("jobs:read")

    async def enter(self) -> None:
        await self._look()

    async def begin(self) -> bool:
        """As it is by now, whatever was missed."""
        return await self._tell(await self._look())

    async def beat(self) -> None:
        """The news of its end may be lost; the row is not."""
        job = await self._look()
        if job.state not in queries.OPEN:
            await self._tell(job)
            self.finish()

    async def _tell(self, job: Job) -> bool:
        await self.say("job", {"type": "job", **data_of(job)})
        return job.state in queries.OPEN

    async def pass_on(self, frame: dict[str, Any], event_id: str) -> bool:
        if frame.get("type") != "job" or frame.get("id") != self.arguments["job_id"]:
            return True
        await super().pass_on(frame, event_id)
        return frame["state"] in queries.OPEN

    async def _look(self) -> Job:
        return await database_sync_to_async(queries.job)(
            self.caller.organisation, self.arguments["job_id"], livemode=self.caller.livemode
        )


async def _hear(layer: Any, channel: str, heard: "asyncio.Queue[Told]") -> None:
    """From the first moment on, and until it is cancelled, by which the layer lets go of it."""
    while True:
        told = await layer.receive(channel)
        heard.put_nowait((told["event"], told.get("id", "")))
