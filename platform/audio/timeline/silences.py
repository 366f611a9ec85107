"""Silences: where there is nothing to hear for half a second or more."""

import numpy as np
from numpy.typing import NDArray

from audio.timeline.onsets import Curve

THRESHOLD_DBFS = -60.0  # RMS: below the noise floor of a cassette, above dither
SHORTEST_SECONDS = 0.5
LONGEST_REST_SECONDS = 2.0
_STEP_SECONDS = 0.01
_STEPS_AT_ONCE = 1_000  # ten seconds in double precision; a long sound is not copied whole


def find(sound: NDArray[np.float32], rate: int) -> list[tuple[float, float]]:
    """(start, end) in seconds of every stretch of at least SHORTEST_SECONDS whose 10 ms blocks
    all have an RMS below THRESHOLD_DBFS. A last block cut short is judged like the others.

    Of (n,) or (n, channels) sound the loudest channel decides. A block is measured together with
    the one before or after it, whichever leaves less, and about their mean: a constant offset is
    not heard, and hides no silence.
    """
    channels = sound if sound.ndim == 2 else sound[:, None]
    quiet = _block_power(channels, rate) < 10 ** (THRESHOLD_DBFS / 10)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], quiet.astype(np.int8), [0]])))
    duration = len(sound) / rate
    spans = [
        (float(first * _STEP_SECONDS), min(float(last * _STEP_SECONDS), duration))
        for first, last in zip(edges[::2], edges[1::2], strict=True)
    ]
    return [span for span in spans if span[1] - span[0] >= SHORTEST_SECONDS]


def inside(
    times: Curve, silences: list[tuple[float, float]], edge: float = 0.0
) -> NDArray[np.bool_]:
    """For each time whether it lies in a silence, more than `edge` seconds from its ends."""
    within = np.zeros(len(times), dtype=bool)
    for start, end in silences:
        within |= (times >= start + edge) & (times < end - edge)
    return within


def without_breaks(silences: list[tuple[float, float]], duration: float) -> float:
    """Seconds that remain of a sound without the silences around it and the breaks within.

    A rest of up to LONGEST_REST_SECONDS belongs to the music: a metronome of 40 bpm is silent for
    1.5 s between two clicks.
    """
    broken = [
        end - start
        for start, end in silences
        if end - start > LONGEST_REST_SECONDS or start == 0 or end >= duration
    ]
    return duration - sum(broken)


def _block_power(sound: NDArray[np.float32], rate: int) -> Curve:
    """The power of each 10 ms in the loudest channel, without what stands still for 20 ms."""
    step = round(rate * _STEP_SECONDS)
    if len(sound) == 0:
        return np.zeros(0)
    starts = np.arange(0, len(sound), step)
    sizes = np.diff(np.append(starts, len(sound)))[:, None]
    sums, squares = np.empty((2, len(starts), sound.shape[1]))
    for first in range(0, len(starts), _STEPS_AT_ONCE):
        part = slice(first, first + _STEPS_AT_ONCE)
        values = sound[first * step : (first + _STEPS_AT_ONCE) * step].astype(np.float64)
        sums[part] = np.add.reduceat(values, starts[part] - first * step)
        squares[part] = np.add.reduceat(np.square(values), starts[part] - first * step)
    if len(starts) == 1:
        return np.asarray(_variance(sums, squares, sizes).max(axis=1))
    pairs = _variance(sums[:-1] + sums[1:], squares[:-1] + squares[1:], sizes[:-1] + sizes[1:])
    after, before = np.vstack([pairs, pairs[-1:]]), np.vstack([pairs[:1], pairs])
    return np.asarray(np.minimum(before, after).max(axis=1))


def _variance(sums: Curve, squares: Curve, sizes: NDArray[np.intp]) -> Curve:
    return np.asarray(squares / sizes - (sums / sizes) ** 2)
