"""The key of the whole sound, from its mean chroma."""

from dataclasses import dataclass

import numpy as np

from audio.timeline.onsets import Curve
from audio.timeline.spectrum import Frames

NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
# How well each degree fits a key: probe-tone ratings, Krumhansl and Kessler 1982.
_MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
_MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)
_LEAST_CORRELATION = 0.5


@dataclass(frozen=True, slots=True)
class Key:
    """`tonic` as a sharp name, `mode` major or minor; confidence 0-1: lead over the next key."""

    tonic: str
    mode: str
    confidence: float


def estimate(chroma: Frames) -> Key | None:
    """The key whose profile correlates best with the mean chroma; `None` where none does."""
    if len(chroma) == 0 or (mean := chroma.mean(axis=0, dtype=np.float64)).std() < 1e-9:
        return None
    fits = np.array(
        [
            _correlation(mean, np.roll(mode, tonic))
            for mode in (_MAJOR, _MINOR)
            for tonic in range(12)
        ]
    )
    second, best = np.sort(fits)[-2:]
    if best < _LEAST_CORRELATION:
        return None
    mode, tonic = divmod(int(fits.argmax()), 12)
    return Key(NAMES[tonic], ("major", "minor")[mode], float(min((best - second) / 0.2, 1.0)))


def _correlation(mean: Curve, profile: Curve) -> float:
    return float(np.corrcoef(mean, profile)[0, 1])
