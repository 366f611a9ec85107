"""What a stream's frame numbers tell: which frames are heard, and when their sender began anew.

A small step back is a frame that came late or twice. Everything else is heard at once, for a number
that may only rise makes a device deaf for ever when it restarts, or when one frame is corrupted.
RTP draws the same line (RFC 3550, A.1), but lets a leap's first frame go and needs two in a row.
"""

from array import array
from enum import Enum
from typing import Final

NUMBERS: Final = 1 << 32
NEVER: Final = (1 << 64) - 1  # in place of a clock
WINDOW: Final = 256  # frames, 5 s: more than two whole posts; a power of two, so that wraps fit
FURTHEST: Final = 3_000  # frames, a minute: a longer gap would have ended the stream as idle
QUICKLY: Final = 200  # frames: two senders who take turns by whole posts leap at least so often
MIXED_AFTER: Final = 5


class Fate(Enum):
    """What becomes of a frame; the first two are scored."""

    HEARD = "heard"
    RESTARTED = "restarted"
    LATE = "late"
    DUPLICATE = "duplicate"


HEARD, RESTARTED = Fate.HEARD, Fate.RESTARTED
LATE, DUPLICATE = Fate.LATE, Fate.DUPLICATE


class Sequence:
    """The numbers of one stream: 32 bits that wrap; `lost` are the gaps in them.

    Of a steady sender at most `WINDOW` frames stay unheard, whatever came before, and none when its
    clock goes on. The clock decides only where numbers alone cannot, since it may be anything.
    """

    def __init__(self) -> None:
        self.received = 0
        self.lost = 0
        self.late = 0
        self.repeated = 0
        self.restarts = 0
        self.last = -2  # so that no number seems to follow it
        self.left_at = 0  # where the count before the last restart had come to
        self._clocks = _none()  # of the frames heard among the last WINDOW numbers
        self._restarted_at = -QUICKLY
        self._quick_restarts = 0

    @property
    def mixed(self) -> bool:
        """Whether it keeps beginning anew, as the numbers of two senders together do."""
        return self._quick_restarts >= MIXED_AFTER

    def follow(self, seq: int, t_us: int) -> Fate:
        """Count a frame by its number and its sender's clock in microseconds."""
        self.received += 1
        fate = HEARD if seq - self.last == 1 else self._judge(seq, t_us)
        if fate is HEARD or fate is RESTARTED:
            self.last = seq
            self._clocks[seq % WINDOW] = t_us
        return fate

    def _judge(self, seq: int, t_us: int) -> Fate:
        """Of a number that is not the next one."""
        if self.received == 1:
            return HEARD
        ahead, behind = (seq - self.last) % NUMBERS, (self.last - seq) % NUMBERS
        if 0 < ahead <= FURTHEST:
            self._skip(ahead - 1)
            return HEARD
        if behind < WINDOW:
            known, newest = self._clocks[seq % WINDOW], self._clocks[self.last % WINDOW]
            if known == t_us:
                self.repeated += 1
                return DUPLICATE
            # A number with another clock is another frame; a later clock makes no late one.
            if known == NEVER and t_us <= newest:
                self.late += 1
                return LATE
        self._begin_anew()
        return RESTARTED

    def _skip(self, frames: int) -> None:
        self.lost += frames
        for number in range(self.last + 1, self.last + 1 + min(frames, WINDOW)):
            self._clocks[number % WINDOW] = NEVER

    def _begin_anew(self) -> None:
        self.restarts += 1
        self.left_at = self.last
        quickly = self.received - self._restarted_at <= QUICKLY
        self._quick_restarts = self._quick_restarts + 1 if quickly else 1
        self._restarted_at = self.received
        self._clocks = _none()  # they were the old count's


def _none() -> "array[int]":
    return array("Q", [NEVER]) * WINDOW
