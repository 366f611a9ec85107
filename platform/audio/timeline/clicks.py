"""A metronome: one click at even distances and nothing between. Its clicks are the beats.

What tells the beat of music, that chords change on it and that others are weaker, says nothing
here, and a prior of the tempi that people tap would halve 240 bpm.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from audio.timeline.onsets import Curve, Onsets, pick
from audio.timeline.spectrum import FRAME_RATE

FEWEST = 6
SLOWEST_BPM, FASTEST_BPM = 39.0, 245.0
_EVEN_SECONDS, _EVEN_SHARE = 0.02, 0.03  # how far a gap may be from the median: jitter and drift
_EDGE_SECONDS = 0.06
_ALIKE = 0.8  # cosine between the bands of a click and those of all clicks
_LARGEST_REST = 0.2  # flux halfway between two clicks, relative to that of the clicks


def beats(found: Onsets) -> Curve | None:
    """Seconds of the clicks, or `None` where the sound is anything but a metronome of 40-240 bpm.

    Clicks may differ in level (an accent), not in colour.
    """
    times = _within(pick(found), len(found.flux) / FRAME_RATE)
    if len(times) < FEWEST:
        return None
    gaps = np.diff(times)
    gap = float(np.median(gaps))
    if not 60 / FASTEST_BPM <= gap <= 60 / SLOWEST_BPM:
        return None
    if np.abs(gaps - gap).max() > max(_EVEN_SECONDS, _EVEN_SHARE * gap):
        return None
    frames = np.round(times * FRAME_RATE).astype(int)
    return times if _same(found, frames) and _still_between(found, frames) else None


def _within(times: Curve, duration: float) -> Curve:
    """Without the edges of the sound where they break the rhythm: hiss begins and ends there."""
    gap = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
    if len(times) and times[0] < _EDGE_SECONDS and times[1:2].sum() - times[0] < 0.9 * gap:
        times = times[1:]
    if len(times) and times[-1] > duration - _EDGE_SECONDS and np.diff(times)[-1:] < 0.9 * gap:
        times = times[:-1]
    return times


def _same(found: Onsets, frames: NDArray[np.intp]) -> bool:
    bands = np.sqrt(found.bands[frames])
    bands = bands / (np.linalg.norm(bands, axis=1, keepdims=True) + 1e-9)
    mean = bands.mean(axis=0)
    return bool((bands @ mean / np.linalg.norm(mean)).min() > _ALIKE)


def _still_between(found: Onsets, frames: NDArray[np.intp]) -> bool:
    """From 40 % of the way to the next click on, nothing begins."""
    between = [
        found.flux[first + round(0.4 * (last - first)) : last - 5].max(initial=0.0)
        for first, last in pairwise(frames.tolist())
    ]
    return bool(np.median(between) < _LARGEST_REST * np.median(found.flux[frames]))
