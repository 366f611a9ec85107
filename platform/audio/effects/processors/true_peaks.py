"""Peaks between the samples: what a converter or a lossy encoder will make of a stream."""

from functools import cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from audio.files import Samples

OVERSAMPLING = 8
TAPS = 96
_BEHIND = TAPS // 2  # samples that the interpolation of a gap needs after it
_RUN = 64  # gaps interpolated by one row of a matrix product
_KAISER_BETA = 6.0


class TruePeaks:
    """The largest level around each sample, over all channels: its own, or in the gaps beside it.

    The meter of ITU-R BS.1770-5, Annex 2, with twice its oversampling and eight times its taps: a
    crest hides between two values of the standard's four-fold grid by up to 0.69 dB, here by 0.17,
    and noise that reaches half the sample rate needs the long filter. The peak of sample i is
    known `latency_samples` later. Gaps that cannot reach `least` (their samples times the filter's
    largest gain stay below it) are left out: only peaks above `least` are exact.
    """

    latency_samples = _BEHIND

    def __init__(self, *, channels: int, least: float = 0.0) -> None:
        self._least = least
        self._line = np.zeros((TAPS - 1, channels), dtype=np.float32)
        self._gap_before = 0.0

    def process(self, block: Samples) -> NDArray[np.float64]:
        """One value per sample of the stream, `latency_samples` late, of shape (n,)."""
        if len(block) == 0:
            return np.zeros(0)
        count = len(block)
        line = np.concatenate([self._line, block])
        gaps = self._gaps(line, count)
        own = np.abs(line[_BEHIND - 1 : _BEHIND - 1 + count]).max(axis=1)
        before = np.concatenate([[self._gap_before], gaps[:-1]])
        self._line, self._gap_before = line[count:], float(gaps[-1])
        return np.asarray(np.maximum(own, np.maximum(before, gaps)), dtype=np.float64)

    def _gaps(self, line: Samples, count: int) -> NDArray[np.float32]:
        """From sample `_BEHIND - 1` of the line on, the peaks between each and the next."""
        matrix, gain = _interpolator()
        if float(np.abs(line).max()) * gain <= self._least:
            return np.zeros(count, dtype=np.float32)
        channels = np.zeros((line.shape[1], len(line) - count % -_RUN), dtype=np.float32)
        channels[:, : len(line)] = line.T
        runs = sliding_window_view(channels, _RUN + TAPS - 1, axis=1)[:, ::_RUN]
        peaks = np.zeros((*runs.shape[:2], _RUN), dtype=np.float32)
        loud = np.abs(runs).max(axis=2) * gain > self._least
        between = runs[loud] @ matrix
        peaks[loud] = np.abs(between).reshape(-1, OVERSAMPLING - 1, _RUN).max(axis=1)
        loudest: NDArray[np.float32] = peaks.max(axis=0).ravel()[:count]
        return loudest


@cache
def _interpolator() -> tuple[NDArray[np.float32], float]:
    """From `_RUN + TAPS - 1` samples to the values in `_RUN` gaps, and the largest gain of one.

    A sinc under a Kaiser window, each phase scaled to pass 0 Hz unchanged.
    """
    time = np.arange(1 - _BEHIND, 1 + _BEHIND)
    matrix = np.zeros((_RUN + TAPS - 1, OVERSAMPLING - 1, _RUN), dtype=np.float32)
    for phase in range(1, OVERSAMPLING):
        distance = time - phase / OVERSAMPLING
        window = np.i0(_KAISER_BETA * np.sqrt(1 - (2 * distance / (TAPS + 1)) ** 2))
        taps = np.sinc(distance) * window
        for gap in range(_RUN):
            matrix[gap : gap + TAPS, phase - 1, gap] = taps / taps.sum()
    flat = matrix.reshape(_RUN + TAPS - 1, -1)
    return flat, float(np.abs(flat).sum(axis=0).max())
