"""A thread that hands frames on, so that nobody who has committed waits for their delivery.

To run an event loop for each of them would open a connection for each, and take milliseconds.
"""

import asyncio
import logging
import os
import threading
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final, Generic, TypeVar

logger = logging.getLogger(__name__)
MOST_WAITING: Final = 10_000
LAST_S: Final = 1.0
"""How long a process that ends lets what it has posted be delivered."""

Letter = TypeVar("Letter")
Deliver = Callable[[Sequence[Letter]], Awaitable[None]]
Queue = asyncio.Queue[Sequence[Letter]]
Started = tuple[asyncio.AbstractEventLoop, Queue[Letter]]


class Post(Generic[Letter]):
    """Delivers what is posted, in order, from a thread that begins with the first of it.

    What `deliver` raises is logged, and what it had is lost. More than `MOST_WAITING` batches are
    not kept: the newest are lost, as a frame may be. A fork of the process has a thread of its own.
    """

    def __init__(self, deliver: Deliver[Letter]) -> None:
        self._deliver = deliver
        self._forget()
        os.register_at_fork(after_in_child=self._forget)

    def put(self, letters: Sequence[Letter]) -> None:
        """Deliver these after what was posted before; returns at once."""
        if not letters:
            return
        loop, queue = self._running()
        if queue.qsize() >= MOST_WAITING:
            logger.warning("frames lost: too many wait", extra={"lost": len(letters)})
            return
        loop.call_soon_threadsafe(queue.put_nowait, letters)

    def flush(self, timeout_s: float = LAST_S) -> None:
        """Wait until what was posted is delivered, and no longer than that."""
        if self._started is None:
            return
        loop, queue = self._started
        with suppress(TimeoutError):
            asyncio.run_coroutine_threadsafe(_joined(queue, timeout_s), loop).result(2 * timeout_s)

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._started: Started[Letter] | None = None

    def _running(self) -> Started[Letter]:
        with self._lock:
            if self._started is None:
                loop = asyncio.new_event_loop()
                self._started = loop, asyncio.Queue()
                threading.Thread(target=self._run, args=self._started, daemon=True).start()
            return self._started

    def _run(self, loop: asyncio.AbstractEventLoop, queue: Queue[Letter]) -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(self._carry(queue))

    async def _carry(self, queue: Queue[Letter]) -> None:
        while True:
            letters = await queue.get()
            try:
                await self._deliver(letters)
            except Exception:  # one that cannot be written must not keep the next from leaving
                logger.exception("frames lost", extra={"lost": len(letters)})
            finally:
                queue.task_done()


async def _joined(queue: Queue[Letter], timeout_s: float) -> None:
    # What was posted by another thread an instant ago is put by the loop before this.
    try:
        await asyncio.wait_for(queue.join(), timeout_s)
    except TimeoutError:
        logger.warning("frames lost: they could not be delivered in time")
