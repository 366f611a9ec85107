"""`/v1/events`: the organisation's events as they happen (jobs, scores, cues)."""

from typing import Any

from channels.generic.websocket import AsyncJsonWebsocketConsumer

from foundation import events
from foundation.clock import now
from foundation.errors import TifoError
from gateway import sockets
from gateway.operations import reads

LISTEN = reads("events:read")


class EventsConsumer(AsyncJsonWebsocketConsumer):
    """Sends each event as one JSON frame; reads nothing from the client."""

    group: str | None = None

    async def connect(self) -> None:
        try:
            caller = await sockets.admit_socket(self.scope, LISTEN, now=now())
        except TifoError as error:
            await sockets.refuse(self.scope, self.base_send, error)
            return
        self.group = events.group(caller.organisation.pk, livemode=caller.livemode)
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept(sockets.chosen_protocol(self.scope))
        await self.send_json(
            {"type": "hello", "livemode": caller.livemode, "at": now().isoformat()}
        )

    async def disconnect(self, code: int) -> None:
        if self.group is not None:
            await self.channel_layer.group_discard(self.group, self.channel_name)

    async def event(self, message: dict[str, Any]) -> None:
        await self.send_json(message["event"])
