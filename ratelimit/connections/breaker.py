"""A circuit breaker: a server that is away is asked now and then, not by everybody all the time."""

import time
from collections.abc import Callable
from threading import Lock
from typing import Final

from ratelimit import forks
from ratelimit.errors import RedisAway

CLOSED: Final = "closed"
OPEN: Final = "open"
HALF_OPEN: Final = "half-open"


class Breaker:
    """Opens after `failures` in a row; then one caller per `probe_every_s` tries until that works.

    Thread-safe. `clock` returns seconds and never goes back. `opened` and `refused` count for ever.
    """

    def __init__(
        self,
        failures: int = 3,
        probe_every_s: float = 0.25,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.opened = 0
        self.refused = 0
        self._most = failures
        self._probe_every_s = probe_every_s
        self._clock = clock
        self._in_a_row = 0
        self._probe_at: float | None = None  # set while open
        self._lock = Lock()
        forks.reset_in_children(self)

    @property
    def state(self) -> str:
        """`closed`, `open`, or `half-open`: open, and the next caller will be the probe."""
        probe_at = self._probe_at
        if probe_at is None:
            return CLOSED
        return HALF_OPEN if self._clock() >= probe_at else OPEN

    def check(self) -> None:
        """Raise RedisAway unless this caller may try; it then reports how it went."""
        if self._probe_at is None:
            return
        with self._lock:
            if self._may_try():
                return
            self.refused += 1
        raise RedisAway("Redis did not answer lately; others are probing it.")

    def succeeded(self) -> None:
        """A caller got an answer."""
        if self._in_a_row:
            with self._lock:
                self._in_a_row, self._probe_at = 0, None

    def failed(self) -> None:
        """A caller got none."""
        with self._lock:
            self._in_a_row += 1
            if self._in_a_row < self._most:
                return
            if self._probe_at is None:
                self.opened += 1
            self._probe_at = self._clock() + self._probe_every_s

    def _may_try(self) -> bool:
        if self._probe_at is None:
            return True
        now = self._clock()
        if now < self._probe_at:
            return False
        self._probe_at = now + self._probe_every_s
        return True

    def reset(self) -> None:
        """In a forked child: the parent's threads, one of which may hold the lock, are not here."""
        self._lock = Lock()
