"""`/v1/events`: the organisation's events as they happen (jobs, scores, cues)."""

from datetime import datetime, timedelta
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer

from foundation import events
from foundation.clock import now
from foundation.errors import TifoError
from gateway import sockets
from gateway.authentication import VIEW_SECONDS, lapsed
from gateway.caller import Caller, Kind
from gateway.operations import reads
from gateway.refusals import InvalidTicket

LISTEN = reads("events:read")
LOOK_AGAIN = timedelta(seconds=2)
VIEW_LIFETIME = timedelta(seconds=VIEW_SECONDS)


class EventsConsumer(AsyncJsonWebsocketConsumer):
    """Sends each event as one JSON frame; reads nothing from the client.

    A socket may outlive its key, so the key is looked at again, at most every `look_again`, before
    anything more is told.
    """

    group: str | None = None
    caller: Caller
    opened_at: datetime
    looked_at: datetime

    def __init__(
        self,
        *args: Any,
        look_again: timedelta = LOOK_AGAIN,
        view_lifetime: timedelta = VIEW_LIFETIME,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.look_again = look_again
        self.view_lifetime = view_lifetime

    async def connect(self) -> None:
        self.opened_at = self.looked_at = now()
        try:
            self.caller = await sockets.admit_socket(self.scope, LISTEN, now=self.looked_at)
        except TifoError as error:
            await sockets.refuse(self.scope, self.base_send, error)
            return
        self.group = events.group(self.caller.organisation.pk, livemode=self.caller.livemode)
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept(sockets.chosen_protocol(self.scope))
        await self.send_json(
            {"type": "hello", "livemode": self.caller.livemode, "at": now().isoformat()}
        )

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any
    ) -> None:
        """Whatever a client sends is left unread: not even a broken frame ends its socket."""

    async def disconnect(self, code: int) -> None:
        await self._leave()

    async def event(self, message: dict[str, Any]) -> None:
        if self.group is None:
            return  # on its way while the socket was being closed
        why = await self._lapsed(now())
        if why is None:
            await self.send_json(message["event"])
            return
        await self._leave()
        await sockets.close(self.base_send, why)

    async def _leave(self) -> None:
        group, self.group = self.group, None
        if group is not None:
            await self.channel_layer.group_discard(group, self.channel_name)

    async def _lapsed(self, moment: datetime) -> TifoError | None:
        """Why the key opens nothing any more; None while it does, or was looked at just now."""
        if moment - self.looked_at < self.look_again:
            return None
        self.looked_at = moment
        if self.caller.kind is Kind.VIEW and moment - self.opened_at >= self.view_lifetime:
            return InvalidTicket()
        key_id = self.caller.credential_id
        found: dict[str, TifoError] = await database_sync_to_async(lapsed)([key_id], now=moment)
        return found.get(key_id)
