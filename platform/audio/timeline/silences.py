"""Silences: where there is nothing to hear for half a second or more."""

import numpy as np
from numpy.typing import NDArray

from audio.timeline.onsets import Curve

THRESHOLD_DBFS = -60.0  # RMS: below the noise floor of a cassette, above dither
SHORTEST_SECONDS = 0.5
_STEP_SECONDS = 0.01


def find(mono: NDArray[np.float32], rate: int) -> list[tuple[float, float]]:
    """(start, end) in seconds of every stretch of at least SHORTEST_SECONDS whose 10 ms blocks
    all have an RMS below THRESHOLD_DBFS. A last block cut short is judged like the others."""
    quiet = _block_power(mono, rate) < 10 ** (THRESHOLD_DBFS / 10)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], quiet.astype(np.int8), [0]])))
    duration = len(mono) / rate
    spans = [
        (float(first * _STEP_SECONDS), min(float(last * _STEP_SECONDS), duration))
        for first, last in zip(edges[::2], edges[1::2], strict=True)
    ]
    return [span for span in spans if span[1] - span[0] >= SHORTEST_SECONDS]


def inside(times: Curve, silences: list[tuple[float, float]]) -> NDArray[np.bool_]:
    """For each time whether it lies in a silence."""
    within = np.zeros(len(times), dtype=bool)
    for start, end in silences:
        within |= (times >= start) & (times < end)
    return within


def _block_power(mono: NDArray[np.float32], rate: int) -> Curve:
    step = round(rate * _STEP_SECONDS)
    if len(mono) == 0:
        return np.zeros(0)
    padded = np.pad(mono, (0, -len(mono) % step)).reshape(-1, step)
    power: Curve = np.einsum("ij,ij->i", padded, padded, dtype=np.float64)
    sizes = np.full(len(power), step)
    sizes[-1] = len(mono) - (len(power) - 1) * step
    return np.asarray(power / sizes)
