"""The frames that wait for the tick: a ring per stream, all in one array, wiped as it is heard."""

import numpy as np
import numpy.typing as npt

from apps.live_audio_feedback.rules.frames import FRAME_BYTES, MOST_IN_MESSAGE, Stamp
from apps.live_audio_feedback.rules.pacing import MOST_WAITING
from audio.crowd import FRAME_SAMPLES, IntArray

Samples = npt.NDArray[np.int16]

# A frame as it comes, so that putting it in is one copy of bytes.
WIRE = np.dtype(
    [
        ("version", "u1"),
        ("codec", "u1"),
        ("flags", "<u2"),
        ("seq", "<u4"),
        ("t_us", "<u8"),
        ("samples", "<i2", (FRAME_SAMPLES,)),
    ]
)


class FrameQueues:
    """A ring of `MOST_WAITING` frames for each of `capacity` slots: 66 kB a slot, once it is used.

    This array is the only place where a stream's samples lie between the socket and the bank. A
    frame is set to zero as it is taken, and a slot when it is wiped.
    """

    def __init__(self, capacity: int) -> None:
        self._bytes = np.zeros((capacity, MOST_WAITING, FRAME_BYTES), dtype=np.uint8)
        self._first = np.zeros(capacity, dtype=np.int64)
        self._waiting = np.zeros(capacity, dtype=np.int64)
        self._taken = np.zeros(capacity, dtype=np.int64)
        self._shown = np.zeros(capacity, dtype=np.int64)
        self._allowed = np.zeros(capacity, dtype=np.int64)
        self._seq = np.zeros(capacity, dtype=np.uint32)
        self._t_us = np.zeros(capacity, dtype=np.uint64)
        # Views of the same memory: an array's elements are slow to reach one at a time.
        self._ring = self._bytes.view(WIRE)[..., 0]
        self._flat = self._bytes.data.cast("B")
        self._firsts, self._waits = self._first.data, self._waiting.data

    def put(self, slot: int, frame: bytes) -> bool:
        """Append a well-formed frame; True when the oldest had to go to make room."""
        first, waiting = self._firsts[slot], self._waits[slot]
        full = waiting == MOST_WAITING
        if full:
            self._firsts[slot] = first = (first + 1) % MOST_WAITING
        else:
            self._waits[slot] = waiting = waiting + 1
        at = slot * MOST_WAITING + (first + waiting - 1) % MOST_WAITING
        self._flat[at * FRAME_BYTES : (at + 1) * FRAME_BYTES] = frame
        return full

    def allow(self, frames: int) -> None:
        """Let so many more of each slot's be taken. What it does not use adds up to a message."""
        np.minimum(self._allowed + frames, max(MOST_IN_MESSAGE, frames), out=self._allowed)

    def take(self) -> tuple[IntArray, Samples]:
        """The oldest frame of every slot that has one and may: slots (n,), samples (n, 320)."""
        slots = np.flatnonzero(np.minimum(self._waiting, self._allowed))
        at = self._first[slots]
        frames = self._ring[slots, at]
        self._bytes[slots, at] = 0
        self._seq[slots], self._t_us[slots] = frames["seq"], frames["t_us"]
        self._taken[slots] += 1
        self._first[slots] = (at + 1) % MOST_WAITING
        self._waiting[slots] -= 1
        self._allowed[slots] -= 1
        return slots, frames["samples"]

    def fresh(self) -> IntArray:
        """The slots of which frames were taken since they were last `shown`."""
        return np.flatnonzero(self._taken > self._shown)

    def show(self, slots: IntArray) -> None:
        self._shown[slots] = self._taken[slots]

    def shown(self, slot: int) -> int:
        """How many frames its client was told a score of."""
        return int(self._shown[slot])

    def waiting(self, slot: int) -> int:
        return int(self._waits[slot])

    def taken(self, slot: int) -> int:
        """How many frames of the slot the tick has taken since it was wiped."""
        return int(self._taken[slot])

    def last(self, slot: int) -> Stamp:
        """The stamp of the frame that was taken last."""
        return Stamp(int(self._seq[slot]), int(self._t_us[slot]))

    def empty(self, slot: int) -> int:
        """Discard what waits; returns how many frames it was."""
        waiting = self.waiting(slot)
        self._bytes[slot] = 0
        self._waiting[slot] = 0
        return waiting

    def wipe(self, slot: int) -> None:
        """Forget everything of the slot."""
        for memory in vars(self).values():
            if isinstance(memory, np.ndarray) and memory is not self._ring:  # a view of the bytes
                memory[slot] = 0
