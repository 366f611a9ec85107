"""For a thread that waits for an event: heard by one event loop for all threads of a process."""

import asyncio
import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

from channels.layers import get_channel_layer
from redis.exceptions import RedisError

from foundation.events.layer import PATIENCE_S
from foundation.events.sockets import Audience

Wanted = Callable[[dict[str, Any]], bool]
logger = logging.getLogger(__name__)


class Ear:
    """Begins with the first that listens. A fork of the process has an ear of its own."""

    def __init__(self) -> None:
        self._forget()
        os.register_at_fork(after_in_child=self._forget)

    @contextmanager
    def listening(self, to: Audience, wanted: Wanted) -> Iterator[threading.Event]:
        """Gives what is set once the audience is told a frame that is `wanted`.

        A frame can be lost, and none is heard while Redis is away: whoever waits looks besides, for
        the first time after this has begun.
        """
        heard, begun, left = threading.Event(), threading.Event(), threading.Event()
        task = asyncio.run_coroutine_threadsafe(
            _listen(to.group, wanted, heard, begun, left), self._running()
        )
        begun.wait(PATIENCE_S)
        try:
            yield heard
        finally:
            left.set()  # where a cancellation while it subscribes is lost (cpython#86296)
            task.cancel()

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, daemon=True).start()
            return self._loop


async def _listen(
    group: str,
    wanted: Wanted,
    heard: threading.Event,
    begun: threading.Event,
    left: threading.Event,
) -> None:
    layer = get_channel_layer()
    assert layer is not None
    try:
        channel = await layer.new_channel()
        await layer.group_add(group, channel)
        begun.set()
        try:
            # Until it is cancelled, by which alone the layer lets go of a channel.
            while not left.is_set():
                if wanted((await layer.receive(channel))["event"]):
                    heard.set()
        finally:
            with suppress(RedisError, OSError):
                await layer.group_discard(group, channel)
    except (RedisError, OSError) as error:
        logger.warning("nothing is heard", extra={"group": group, "error": str(error)})
    finally:
        begun.set()


ear: Final = Ear()
