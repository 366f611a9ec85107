"""Soft masks between 0 and 1: which share of each bin belongs to a stem."""

from dataclasses import dataclass

import numpy as np
import scipy  # its parts load at first use: the web process only reads the catalogue
from numpy.typing import NDArray

from audio.stems.transform import Magnitudes, ShortTime, Spectrum

Mask = NDArray[np.float32]  # (frames, bins), or (bins,) for a fixed band

_TINY = np.float32(1e-20)  # silence divided by silence is no share


@dataclass(frozen=True, slots=True)
class Medians:
    """The lengths of the two medians that tell a hit from a tone.

    A `bias` above 1 asks a hit to stand out by that factor (Driedger, Müller, Disch, ISMIR 2014).
    """

    seconds: float
    hertz: float
    bias: float


def percussive(mixture: Magnitudes, transform: ShortTime, medians: Medians) -> Mask:
    """The share of what stands upright in the spectrogram (a hit) against what lies along it.

    Fitzgerald, "Harmonic/Percussive Separation Using Median Filtering", DAFx-10, with the Wiener
    masks of its section 2.
    """
    frames, bins = transform.frames_in(medians.seconds), transform.bins_in(medians.hertz)
    along = scipy.ndimage.median_filter(mixture, (frames, 1), mode="nearest")
    upright = scipy.ndimage.median_filter(mixture, (1, bins), mode="nearest")
    return _share(upright, np.float32(medians.bias) * along)


def foreground(mixture: Magnitudes, transform: ShortTime, *, seconds: float) -> Mask:
    """The share of what does not come back: one amplitude of the mixture less its repetition.

    After Rafii and Pardo, "Music/Voice Separation Using the Similarity Matrix", ISMIR 2012: the
    background of a frame is the median of the frames most like it. Here one such frame is taken
    from every other stretch of `seconds`, which keeps them apart without their search. A single
    stretch has nothing to compare with and is all foreground.
    """
    stretch = max(1, round(seconds * transform.sample_rate / transform.hop))
    count = len(mixture) // stretch
    if count < 2:
        return np.ones_like(mixture)
    likeness = _likeness(mixture)
    background = np.empty_like(mixture)
    starts = np.arange(count) * stretch
    for first in range(0, len(mixture), stretch):
        rows = slice(first, min(first + stretch, len(mixture)))
        own = min(first // stretch, count - 1)
        alike = [
            start + likeness[rows, start : start + stretch].argmax(axis=1)
            for index, start in enumerate(starts)
            if index != own
        ]
        background[rows] = np.median(mixture[np.stack(alike)], axis=0)
    repeated = np.minimum(background, mixture)
    share: Mask = 1 - repeated / (mixture + _TINY)
    return share


def centre(spectrum: Spectrum) -> Mask:
    """How alike the channels are, in level and phase: 1 for the middle of the stage, 0 beside it.

    The normalised cross-spectrum that Avendano and Jot ("Ambience Extraction and Synthesis",
    ICASSP 2002) call inter-channel similarity, its real part only. Mono is all centre.
    """
    channels = spectrum.shape[1]
    if channels == 1:
        return np.ones(spectrum[:, 0].shape, dtype=np.float32)
    power = np.square(np.abs(spectrum)).sum(axis=1)
    together = np.square(np.abs(spectrum.sum(axis=1)))
    alike = (together - power) / ((channels - 1) * power + _TINY)
    mask: Mask = np.clip(alike, 0, 1)
    return mask


def band(transform: ShortTime, rise: tuple[float, float] | None, fall: tuple[float, float]) -> Mask:
    """1 between two raised-cosine edges, each given as the Hz where it starts and ends."""
    mask = 1 - _edge(transform.frequencies, *fall)
    return mask if rise is None else mask * _edge(transform.frequencies, *rise)


def _share(part: Magnitudes, rest: Magnitudes) -> Mask:
    energy: Magnitudes = np.square(part)
    share: Mask = energy / (energy + np.square(rest) + _TINY)
    return share


def _likeness(mixture: Magnitudes) -> NDArray[np.float32]:
    """Cosine of the angle between every two frames, shape (frames, frames)."""
    lengths = np.linalg.norm(mixture, axis=1, keepdims=True)
    directions = mixture / (lengths + _TINY)
    likeness: NDArray[np.float32] = directions @ directions.T
    return likeness


def _edge(frequencies: NDArray[np.float32], start: float, end: float) -> Mask:
    rise = np.clip((frequencies - start) / (end - start), 0, 1)
    edge: Mask = np.float32(0.5) - np.float32(0.5) * np.cos(np.float32(np.pi) * rise)
    return edge
