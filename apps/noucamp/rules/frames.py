"""How many frames one device socket may send: a generic cell rate, kept in the socket itself."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass
class FrameBudget:
    """Admits `per_s` frames a second on average and `burst` at once (GCRA, ITU-T I.371).

    A clock that is set back begins a new budget: it must not silence a device until it is right.
    """

    per_s: int
    burst: int
    _next: datetime | None = None

    def admits(self, now: datetime) -> bool:
        """Spend one frame at `now`, or say no and spend nothing."""
        interval = timedelta(seconds=1) / self.per_s
        expected = now
        if self._next is not None and now < self._next <= now + interval * self.burst:
            expected = self._next
        if expected - now > interval * (self.burst - 1):
            return False
        self._next = expected + interval
        return True
