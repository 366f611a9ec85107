"""Events for whoever listens now: fan-out through the channel layer, never a source of truth.

An event lost here is lost for good, so nothing may depend on it: rows in Postgres are the truth and
listeners read them when they connect.
"""

import asyncio
import logging
from typing import Any, Final

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction
from redis.exceptions import RedisError

# Redis answers in a millisecond; one that is cut off would hold the sender for many minutes.
PATIENCE_S: Final = 0.5
logger = logging.getLogger(__name__)


def group(organisation_id: str, *, livemode: bool) -> str:
    """The channel-layer group that carries an organisation's events."""
    return f"organisation.{organisation_id}.{'live' if livemode else 'test'}"


def device_group(kiosk_id: str) -> str:
    return f"device.{kiosk_id}"


async def send(group_name: str, event: dict[str, Any]) -> bool:
    """Send `event` (JSON data with a `type`) to the group's sockets, within `PATIENCE_S` or not at
    all; never raises, and tells whether it was sent."""
    layer = get_channel_layer()
    assert layer is not None
    try:
        async with asyncio.timeout(PATIENCE_S):
            await layer.group_send(group_name, {"type": "event", "event": event})
    except (RedisError, OSError) as error:  # TimeoutError is an OSError
        logger.warning("event not delivered", extra={"group": group_name, "error": str(error)})
        return False
    return True


def send_after_commit(group_name: str, event: dict[str, Any]) -> None:
    """Send once the surrounding transaction has committed: nobody hears of what was rolled back."""
    transaction.on_commit(lambda: async_to_sync(send)(group_name, event), robust=True)
