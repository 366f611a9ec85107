"""The frames that wait for the tick: a ring per stream, all in one array, wiped as it is heard."""

import numpy as np
import numpy.typing as npt

from apps.live_audio_feedback.rules.frames import HEADER, Stamp
from apps.live_audio_feedback.rules.pacing import MOST_WAITING
from audio.crowd import FRAME_SAMPLES, IntArray

Frames = npt.NDArray[np.int16]


class FrameQueues:
    """A ring of `MOST_WAITING` frames for each of `capacity` slots: 64 kB a slot, once it is used.

    This array is the only place where a stream's samples lie between the socket and the bank. A
    frame's samples are set to zero as it is taken, and a slot's when it is wiped.
    """

    def __init__(self, capacity: int) -> None:
        self._frames = np.zeros((capacity, MOST_WAITING, FRAME_SAMPLES), dtype=np.int16)
        self._seq = np.zeros((capacity, MOST_WAITING), dtype=np.uint32)
        self._t_us = np.zeros((capacity, MOST_WAITING), dtype=np.uint64)
        self._first = np.zeros(capacity, dtype=np.intp)
        self._waiting = np.zeros(capacity, dtype=np.intp)
        self._taken = np.zeros(capacity, dtype=np.int64)
        self._taken_seq = np.zeros(capacity, dtype=np.uint32)
        self._taken_t_us = np.zeros(capacity, dtype=np.uint64)

    def put(self, slot: int, frame: bytes, stamp: Stamp) -> bool:
        """Append the frame's samples; True when the oldest had to go to make room."""
        first, waiting = int(self._first[slot]), int(self._waiting[slot])
        full = waiting == MOST_WAITING
        if full:
            first = (first + 1) % MOST_WAITING
            self._first[slot] = first
            waiting -= 1
        at = (first + waiting) % MOST_WAITING
        self._frames[slot, at] = np.frombuffer(frame, dtype="<i2", offset=HEADER.size)
        self._seq[slot, at], self._t_us[slot, at] = stamp
        self._waiting[slot] = waiting + 1
        return full

    def take(self) -> tuple[IntArray, Frames]:
        """The oldest frame of every slot that has one: slots (n,), frames (n, 320)."""
        slots = np.flatnonzero(self._waiting)
        at = self._first[slots]
        frames = self._frames[slots, at]
        self._frames[slots, at] = 0
        self._taken_seq[slots] = self._seq[slots, at]
        self._taken_t_us[slots] = self._t_us[slots, at]
        self._taken[slots] += 1
        self._first[slots] = (at + 1) % MOST_WAITING
        self._waiting[slots] -= 1
        return slots, frames

    def waiting(self, slot: int) -> int:
        return int(self._waiting[slot])

    def taken(self, slot: int) -> int:
        """How many frames of the slot the tick has taken since it was wiped."""
        return int(self._taken[slot])

    def last(self, slot: int) -> Stamp:
        """The stamp of the frame that was taken last."""
        return Stamp(int(self._taken_seq[slot]), int(self._taken_t_us[slot]))

    def empty(self, slot: int) -> int:
        """Discard what waits; returns how many frames it was."""
        waiting = int(self._waiting[slot])
        self._frames[slot] = 0
        self._waiting[slot] = 0
        return waiting

    def wipe(self, slot: int) -> None:
        """Forget everything of the slot."""
        for memory in vars(self).values():
            memory[slot] = 0
