"""Delays that change while the sound runs: a history read between its samples, and a chorus."""

import numpy as np
from numpy.typing import NDArray

from audio.files import Samples


class History:
    """The newest samples of a stream, read at delays between two samples."""

    def __init__(self, *, longest: float, channels: int) -> None:
        """`longest` is the longest delay to be read, in samples."""
        self._keep = int(np.ceil(longest)) + 2
        self._line = np.zeros((self._keep, channels), dtype=np.float32)

    def append(self, block: Samples) -> None:
        self._line = np.concatenate([self._line[-self._keep :], block])

    def read(self, channel: int, delays: NDArray[np.float64]) -> NDArray[np.float64]:
        """One value per sample of the newest block, `delays` samples (above 1) in its past."""
        count = len(delays)
        at = np.arange(len(self._line) - count, len(self._line)) - delays
        return between(self._line[:, channel], at)


def between(line: NDArray[np.float32], at: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values of a line at places between its samples, from 1 to its length less 3.

    Cubic Hermite interpolation through four points (Catmull-Rom).
    """
    whole = np.floor(at).astype(np.intp)
    part = at - whole
    before, here, there, after = (line[whole + offset] for offset in (-1, 0, 1, 2))
    slope = 0.5 * (there - before)
    bend = before - 2.5 * here + 2 * there - 0.5 * after
    twist = 0.5 * (after - before) + 1.5 * (here - there)
    value: NDArray[np.float64] = ((twist * part + bend) * part + slope) * part + here
    return value


class Chorus:
    """Only the moving voices: mix them with the dry sound by `blend`.

    Each voice is the input, later by 12 ms (its middle: the latency) plus or minus `depth_ms` (at
    most 10), in a sine of `rate_hz`. Voices and channels swing a share of the circle apart: that
    is the width.
    """

    _MIDDLE_MS = 12.0
    _CHANNEL_TURN = 0.25

    def __init__(
        self, *, sample_rate: int, channels: int, rate_hz: float, depth_ms: float, voices: int = 2
    ) -> None:
        self._middle = round(self._MIDDLE_MS * sample_rate / 1000)
        self._depth = depth_ms * sample_rate / 1000
        self._turns_per_sample = rate_hz / sample_rate
        self._voices = voices
        self._history = History(longest=self._middle + self._depth, channels=channels)
        self._position = 0

    @property
    def latency_samples(self) -> int:
        return self._middle

    def process(self, block: Samples) -> Samples:
        self._history.append(block)
        turns = self._turns_per_sample * np.arange(self._position, self._position + len(block))
        self._position += len(block)
        wet = np.empty_like(block)
        for channel in range(block.shape[1]):
            starts = np.arange(self._voices) / self._voices + self._CHANNEL_TURN * channel
            wet[:, channel] = sum(self._voice(channel, turns + start) for start in starts)
        wet *= np.float32(self._voices**-0.5)  # they move apart: their powers add, not their levels
        return wet

    def _voice(self, channel: int, turns: NDArray[np.float64]) -> NDArray[np.float64]:
        delays = self._middle + self._depth * np.sin(2 * np.pi * turns)
        return self._history.read(channel, delays)
