"""A thread that hands frames on, so that nobody who has committed waits for their delivery."""

import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import Final, Generic, TypeVar

logger = logging.getLogger(__name__)
MOST_WAITING: Final = 10_000
LAST_S: Final = 1.0
"""How long a process that ends lets what it has posted be delivered."""
GIVES_WAY_S: Final = 0.0005
"""So long it lets whoever has posted go on first, which may be at something that others wait for:
two threads of one interpreter work no faster than one."""

Letter = TypeVar("Letter")
Deliver = Callable[[Sequence[Letter]], None]
# An event among them is set once all before it is delivered.
Queue = SimpleQueue[Sequence[Letter] | threading.Event]


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
        queue = self._running()
        if queue.qsize() >= MOST_WAITING:
            logger.warning("frames lost: too many wait", extra={"lost": len(letters)})
            return
        queue.put(letters)

    def flush(self, timeout_s: float = LAST_S) -> None:
        """Wait until what was posted is delivered, and no longer than that."""
        if self._queue is None:
            return
        delivered = threading.Event()
        self._queue.put(delivered)
        if not delivered.wait(timeout_s):
            logger.warning("frames lost: they could not be delivered in time")

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._queue: Queue[Letter] | None = None

    def _running(self) -> Queue[Letter]:
        with self._lock:
            if self._queue is None:
                self._queue = SimpleQueue()
                threading.Thread(target=self._carry, args=[self._queue], daemon=True).start()
            return self._queue

    def _carry(self, queue: Queue[Letter]) -> None:
        while True:
            if queue.empty():
                letters = queue.get()
                time.sleep(GIVES_WAY_S)
            else:
                letters = queue.get()
            if isinstance(letters, threading.Event):
                letters.set()
                continue
            try:
                self._deliver(letters)
            except Exception:  # one that cannot be written must not keep the next from leaving
                logger.exception("frames lost", extra={"lost": len(letters)})
