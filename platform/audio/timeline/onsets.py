"""Where things begin: onset strength in six bands, and how much the sound changes for good."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, uniform_filter1d

from audio.timeline.spectrum import FRAME_RATE, Frames, mel_centres

Curve = NDArray[np.float64]

BAND_EDGES_HERTZ = (0, 200, 400, 900, 2_500, 6_000, 12_000)
BAND_WEIGHTS = np.array([2.0, 1.0, 0.5, 0.5, 0.5, 0.5])  # a beat is felt in the low end first
DRUM_WEIGHTS = np.array([2.0, 0.0, 0.0, 0.0, 1.0, 1.0])  # where few chords and voices reach
_LAG = 2  # frames: 20 ms, the time an attack needs to cross half the window
_DEVIATION_SECONDS = 8
_APART_FRAMES = 5  # 50 ms: what follows sooner is heard as one
_LEAST_SHARE, _LEAST_RISE = 0.25, 3.0
_LARGEST_RISE = 6.0  # root mean squares of the whole sound


@dataclass(frozen=True, slots=True)
class Onsets:
    """Curves at FRAME_RATE, all >= 0.

    `bands` (frames, 6), their weighted sum `strength` and its like for `drums` are in deviations
    of the surrounding eight seconds, so that a quiet passage counts as much as a loud one. `flux`
    is over all bands in absolute units. `changes` holds, for spans of 0.2 and 0.4 s, the distance
    between the mean spectra before and after a moment.
    """

    bands: Curve
    strength: Curve
    drums: Curve
    flux: Curve
    changes: tuple[Curve, Curve]


def detect(mel: Frames) -> Onsets:
    """Onset curves of log-mel frames.

    Spectral flux against the loudest neighbour band 20 ms before, which forgives vibrato: Böck
    and Widmer, "Maximum filter vibrato suppression for onset detection", DAFx 2013.
    """
    before = maximum_filter1d(mel, size=3, axis=1)
    rise = np.zeros_like(mel)
    rise[_LAG:] = np.maximum(mel[_LAG:] - before[:-_LAG], 0)
    band_of = np.digitize(mel_centres(), BAND_EDGES_HERTZ) - 1
    flux = np.stack([rise[:, band_of == band].mean(axis=1) for band in range(6)], axis=1)
    bands = _standardise(flux.astype(np.float64))
    return Onsets(
        bands=bands,
        strength=_standardise((bands @ BAND_WEIGHTS)[:, None])[:, 0],
        drums=_standardise((bands @ DRUM_WEIGHTS)[:, None])[:, 0],
        flux=rise.mean(axis=1, dtype=np.float64),
        changes=(_change(mel, 0.2), _change(mel, 0.4)),
    )


def pick(found: Onsets) -> Curve:
    """Seconds of every onset that stands out: the peaks of the flux, in order.

    A peak is the largest value within 50 ms to either side and reaches a quarter of the strongest
    (the 99.9th percentile) and three times the mean of the second around it: Dixon, "Onset
    detection revisited", DAFx 2006, section 2.6. Meant for clicks, drums and plucked notes.
    """
    flux = found.flux
    if not flux.any():
        return np.zeros(0)
    around = uniform_filter1d(flux, FRAME_RATE, mode="nearest")
    least = np.maximum(_LEAST_SHARE * np.quantile(flux, 0.999), _LEAST_RISE * around)
    highest = maximum_filter1d(flux, 2 * _APART_FRAMES + 1)
    frames = np.flatnonzero((flux == highest) & (flux >= least))
    apart = np.diff(frames, prepend=-_APART_FRAMES - 1) > _APART_FRAMES  # of equals, the first
    return np.asarray((frames[apart] + _crests(flux, frames[apart])) / FRAME_RATE)


def _crests(curve: Curve, at: NDArray[np.intp]) -> Curve:
    """How far beside each peak the parabola through it and its neighbours has its top."""
    left, top, right = (curve[np.clip(at + step, 0, len(curve) - 1)] for step in (-1, 0, 1))
    bend = np.minimum(left - 2 * top + right, -1e-9)
    return np.asarray(np.clip((left - right) / (2 * bend), -0.5, 0.5))


def _standardise(flux: Curve) -> Curve:
    """Take off the mean of the surrounding second, divide by the deviation of eight seconds."""
    above = np.maximum(flux - uniform_filter1d(flux, FRAME_RATE, axis=0, mode="nearest"), 0.0)
    # The first sound after silence rises in every band at once: it must not outweigh a bar.
    above = np.minimum(above, _LARGEST_RISE * np.sqrt(np.mean(above**2, axis=0)))
    power = uniform_filter1d(above**2, _DEVIATION_SECONDS * FRAME_RATE, axis=0, mode="nearest")
    floor = 0.1 * np.sqrt(np.mean(above**2, axis=0)) + 1e-6
    return np.asarray(above / np.maximum(np.sqrt(np.maximum(power, 0.0)), floor))


def _change(mel: Frames, seconds: float) -> Curve:
    """Distance between the mean spectra (above 200 Hz) of the spans before and after each frame,
    in units of its mean over the whole sound."""
    upper = mel[:, mel_centres() > BAND_EDGES_HERTZ[1]]
    sums = np.concatenate([np.zeros((1, upper.shape[1])), np.cumsum(upper, axis=0, dtype=float)])
    frames, span = np.arange(len(mel)), int(seconds * FRAME_RATE)
    first, last = np.maximum(frames - span, 0), np.minimum(frames + span, len(mel))
    before = (sums[frames] - sums[first]) / np.maximum(frames - first, 1)[:, None]
    after = (sums[last] - sums[frames]) / np.maximum(last - frames, 1)[:, None]
    distance = np.sqrt(np.mean((after - before) ** 2, axis=1))
    return np.asarray(distance / (distance.mean() + 1e-9))
