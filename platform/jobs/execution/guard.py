"""What an attempt may take, watched by nobody who waits for anything else."""

import logging
import threading
import time
from typing import Final

from foundation.errors import TifoError
from jobs.execution.hands import Hand
from jobs.execution.limits import Limits, MemoryLimitExceeded, TimeLimitExceeded

logger = logging.getLogger(__name__)
TICK_S: Final = 0.05


class Guard:
    """Over the limits of one attempt, from now on.

    Whoever watches the attempt asks for `excess` as long as nothing holds it up. Before it turns to
    something that may, such as a database, it calls `alone`: from then on a thread looks, too, and
    kills the process at a limit. A short job never costs a thread.
    """

    def __init__(self, hand: Hand, limits: Limits) -> None:
        self._hand, self._limits = hand, limits
        self._held_before = hand.memory_bytes() or 0
        self._latest = time.monotonic() + limits.time.total_seconds()
        self._excess: TifoError | None = None
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def excess(self) -> TifoError | None:
        """The limit that it has passed, if any: now, or when it was killed for it."""
        return self._excess or self._look()

    def alone(self) -> None:
        """Look without being asked."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._stand, name="guard", daemon=True)
            self._thread.start()

    def end(self) -> None:
        """Look no more. If it killed the process, that is gone by then."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    def _stand(self) -> None:
        while not self._over.wait(TICK_S):
            excess = self._look()
            if excess is not None:
                self._excess = excess
                logger.warning("killing an attempt", extra={"excess": excess.code})
                self._hand.kill()
                return

    def _look(self) -> TifoError | None:
        held, most = self._hand.memory_bytes(), self._limits.memory_bytes
        if held is not None and most is not None and held - self._held_before > most:
            return MemoryLimitExceeded(limit_bytes=most)
        if time.monotonic() >= self._latest:
            return TimeLimitExceeded(limit_s=self._limits.time.total_seconds())
        return None
