"""The base of every socket that Channels carries: admitted, held while its key is good, parted."""

import contextlib
import json
import logging
from collections.abc import Mapping
from typing import Any, ClassVar

from channels.generic.websocket import AsyncWebsocketConsumer
from redis.exceptions import RedisError

from foundation.clock import now
from foundation.errors import TifoError
from foundation.http import requests
from gateway.callers.caller import Caller
from gateway.doors import connections, sockets
from gateway.doors.connections import Connection
from gateway.operations import Operation
from gateway.refusals import ReducedCapacity

logger = logging.getLogger(__name__)


class GatedConsumer(AsyncWebsocketConsumer):
    """`operation` is what the socket needs and costs; `caller` is whom it was opened for.

    `enter` runs between the gate and the handshake and may refuse, `opened` after the handshake,
    `left` at the end however that comes. Once `over`, nothing more may be told.
    """

    operation: ClassVar[Operation]
    caller: Caller
    over = False
    _held: Connection | None = None

    async def __call__(self, *asgi: Any) -> None:
        _, token = requests.enter(None)
        try:
            await super().__call__(*asgi)
        finally:
            # A send to a peer that vanished ends the consumer without `disconnect`.
            self.over = True
            if self._held is not None:
                await connections.here().forget(self._held)
            with contextlib.suppress(RedisError, OSError):  # its groups went with Redis
                await self.left()
            requests.leave(token)

    async def connect(self) -> None:
        try:
            self.caller = await sockets.admit_socket(self.scope, self.operation, now=now())
            await self.enter()
            self._held = await connections.here().register(
                self.caller, warn=self._warn, end=self.end
            )
        except TifoError as error:
            await self._refuse(error)
            return
        except (RedisError, OSError) as error:  # of the channel layer, which every socket needs
            logger.warning("a socket was refused", extra={"error": str(error)})
            await self._refuse(ReducedCapacity())
            return
        await self.accept(sockets.chosen_protocol(self.scope))
        await self.opened()

    async def _refuse(self, error: TifoError) -> None:
        self.over = True
        await sockets.refuse(self.scope, self.base_send, error)

    async def enter(self) -> None:
        """Look whether the caller has business here. Raises what there is to say against it."""

    async def opened(self) -> None:
        """Greet the client."""

    async def left(self) -> None:
        """Let go of what `enter` and `opened` took."""

    async def end(self, error: TifoError, closes_in_ms: int = 0) -> None:
        """Tell nothing more but why, and close; once."""
        if not self.over:
            self.over = True
            await sockets.end(self.base_send, error, closes_in_ms)

    async def say(self, frame: Mapping[str, Any]) -> None:
        """Send one JSON frame."""
        await self.send(text_data=json.dumps(frame))

    async def _warn(self, error: TifoError, closes_in_ms: int) -> None:
        if not self.over:
            await self.say(sockets.warning(error, closes_in_ms))
