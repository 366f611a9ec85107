"""`/v1/events`: the organisation's events as they happen (jobs, scores, cues)."""

from typing import Any

from foundation.clock import now
from foundation.events.sockets import Audience
from gateway.doors.consumers import GatedConsumer
from gateway.operations import reads


class EventsConsumer(GatedConsumer):
    """Sends each event as one JSON frame; reads nothing from the client."""

    operation = reads("events:read")
    group: str | None = None

    async def enter(self) -> None:
        self.group = Audience(self.caller.organisation.pk, self.caller.livemode).group
        await self.channel_layer.group_add(self.group, self.channel_name)

    async def opened(self) -> None:
        hello = {"type": "hello", "livemode": self.caller.livemode, "at": now().isoformat()}
        await self.say(hello)

    async def left(self) -> None:
        if self.group is not None:
            await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Whatever a client sends is left unread: not even a broken frame ends its socket."""

    async def event(self, message: dict[str, Any]) -> None:
        if not self.over:
            await self.say(message["event"])
