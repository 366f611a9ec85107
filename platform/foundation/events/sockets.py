"""For whoever listens now: fan-out through the channel layer, never a source of truth.

A frame lost here is lost for good, so nothing may depend on it: rows in Postgres are the truth and
listeners read them when they connect.
"""

import asyncio
import atexit
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from channels.layers import get_channel_layer
from django.db import transaction
from redis.exceptions import RedisError

from foundation.events.catalogue import Data, EventType, Passing, verify
from foundation.events.layer import PATIENCE_S
from foundation.events.posting import Post

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Audience:
    """Whom an event is for: an organisation in one of its modes."""

    organisation_id: str
    livemode: bool

    @property
    def group(self) -> str:
        """The channel-layer group of those who listen."""
        return f"organisation.{self.organisation_id}.{'live' if self.livemode else 'test'}"


@dataclass(frozen=True)
class Message:
    """A frame (JSON data with a `type`) on its way to a group's sockets; made here alone.

    `id` is that of the durable event that it tells, where that is known.
    """

    group: str
    frame: dict[str, Any]
    id: str = ""


def device_group(kiosk_id: str) -> str:
    return f"device.{kiosk_id}"


def to_device(kiosk_id: str, frame: dict[str, Any]) -> Message:
    """A frame of the device protocol: for one kiosk, no event, and in no catalogue."""
    return Message(device_group(kiosk_id), frame)


def to_listeners(
    event: EventType[Data], data: Data, *, to: Audience, event_id: str = ""
) -> list[Message]:
    """The event as its audience's sockets show it; empty for one that they do not show.

    Raises Undeclared.
    """
    verify(event, data)
    if not event.frame:
        return []
    return [Message(to.group, {"type": event.frame, **data}, event_id)]


async def say(event: Passing[Data], data: Data, *, to: Audience) -> None:
    """Tell whoever listens now."""
    await send(to_listeners(event, data, to=to))


def say_after_commit(event: Passing[Data], data: Data, *, to: Audience) -> None:
    """Tell whoever listens once the surrounding transaction, if there is one, has committed."""
    send_after_commit(to_listeners(event, data, to=to))


def send_after_commit(messages: Sequence[Message]) -> None:
    """Send once the surrounding transaction has committed: nobody hears of what was rolled back."""
    transaction.on_commit(lambda: post.put(messages), robust=True)


async def send(messages: Iterable[Message]) -> None:
    """Send in order until one does not leave within `PATIENCE_S`; never raises.

    The rest would wait as long, one after the other, and would be as little heard.
    """
    for message in messages:
        if not await _send(message):
            return


async def _send(message: Message) -> bool:
    layer = get_channel_layer()
    assert layer is not None
    try:
        async with asyncio.timeout(PATIENCE_S):
            await layer.group_send(message.group, _told(message))
    except (RedisError, OSError) as error:  # TimeoutError is an OSError
        _lost(message, error)
        return False
    return True


def _carry(messages: Sequence[Message]) -> None:
    """As `send`, in a thread."""
    layer: Any = get_channel_layer()
    try:
        layer.publish([(message.group, _told(message)) for message in messages])
    except (RedisError, OSError) as error:
        _lost(messages[0], error)


def _told(message: Message) -> dict[str, Any]:
    return {"type": "event", "event": message.frame, "id": message.id}


def _lost(message: Message, error: Exception) -> None:
    logger.warning("event not delivered", extra={"group": message.group, "error": str(error)})


post: Final[Post[Message]] = Post(_carry)
atexit.register(post.flush)
