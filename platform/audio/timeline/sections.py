"""Sections: where one part of a song ends and another begins, and which parts are alike."""

from dataclasses import dataclass
from string import ascii_uppercase

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.fft import dct

from audio.timeline.loudness import Loudness
from audio.timeline.onsets import Curve
from audio.timeline.spectrum import CHROMA_RATE, FRAME_RATE, Frames

SHORTEST_SECONDS = 4.0
FEWEST_UNITS = 6
_UNIT_SECONDS = 2.0  # where there are no bars
_TIMBRE_COEFFICIENTS = 13
_KERNEL_UNITS = (2, 4)  # bars to either side of a boundary that are compared
_LEAST_NOVELTY, _PEAK_DEVIATIONS = 0.1, 0.25
_ALIKE = 0.45  # largest distance within one label, where 1 is that of two ordinary units
# Weight of each group of features, and the spread below which a group says nothing: the same
# loop over and over has no sections, however finely its bars are looked at.
_LEVEL, _TIMBRE, _HARMONY = (1.0, 0.25), (1.0, 0.25), (0.7, 0.15)


@dataclass(frozen=True, slots=True)
class Section:
    """`label` A, B, ... in order of appearance, equal for parts that sound alike; `confidence`
    0-1 of the boundary at `start`; `loudness` in LUFS, `None` in silence."""

    start: float
    end: float
    label: str
    confidence: float
    loudness: float | None


@dataclass(frozen=True, slots=True)
class Boundaries:
    """Section starts in seconds (the first is 0), their confidences, a label index each."""

    starts: Curve
    confidences: Curve
    labels: NDArray[np.intp]


def find(mel: Frames, chroma: Frames, downbeats: Curve, duration: float) -> Boundaries:
    """Novelty of timbre, harmony and level over bars: a checkerboard kernel along the diagonal of
    the self-similarity matrix (Foote, "Automatic audio segmentation using a measure of audio
    novelty", ICME 2000). Boundaries fall on bar lines; parts are labelled by average-linkage
    clustering. Sound with too few bars is cut on a grid of two seconds."""
    edges = _units(downbeats, duration)
    if len(edges) - 1 < FEWEST_UNITS:
        return Boundaries(np.zeros(1), np.ones(1), np.zeros(1, dtype=np.intp))
    features = _features(mel, chroma, edges)
    novelty = _novelty(np.linalg.norm(features[:, None] - features[None], axis=2))
    cuts = _peaks(novelty, edges)
    strongest = max(float(novelty[cuts].max(initial=0.0)), 1e-9)
    return Boundaries(
        starts=np.concatenate([[0.0], edges[cuts]]),
        confidences=np.concatenate([[1.0], np.clip(novelty[cuts] / max(strongest, 1.0), 0, 1)]),
        labels=_labels(features, np.concatenate([[0], cuts])),
    )


def describe(found: Boundaries, measured: Loudness, duration: float) -> tuple[Section, ...]:
    """The sections with their ends, letters and loudness; none in an empty sound."""
    if duration == 0:
        return ()
    ends = np.append(found.starts[1:], duration)
    return tuple(
        Section(
            start=float(start),
            end=float(end),
            label=letter(int(label)),
            confidence=float(confidence),
            loudness=measured.between(start, end),
        )
        for start, end, label, confidence in zip(
            found.starts, ends, found.labels, found.confidences, strict=True
        )
    )


def letter(index: int) -> str:
    """A ... Z, then A2, B2, ..."""
    turn, place = divmod(index, len(ascii_uppercase))
    return ascii_uppercase[place] + (str(turn + 1) if turn else "")


def _units(downbeats: Curve, duration: float) -> Curve:
    """Edges of the units compared: bar lines, else a grid; the first is 0, the last the end."""
    inner = downbeats[(downbeats > 0.2) & (downbeats < duration - 0.2)]
    if len(inner) < FEWEST_UNITS:
        inner = np.arange(_UNIT_SECONDS, duration - _UNIT_SECONDS / 2, _UNIT_SECONDS)
    return np.concatenate([[0.0], inner, [duration]])


def _features(mel: Frames, chroma: Frames, edges: Curve) -> Curve:
    """(units, features): level, timbre and harmony of each unit, such that two ordinary units of
    a varied song are at distance 1. Level is the first timbre coefficient."""
    spectra = _means(mel, edges * FRAME_RATE)
    timbre = dct(spectra, axis=1, norm="ortho")[:, :_TIMBRE_COEFFICIENTS]
    harmony = _means(chroma, edges * CHROMA_RATE)
    harmony = harmony / (np.linalg.norm(harmony, axis=1, keepdims=True) + 1e-6)
    groups = ((timbre[:, :1], *_LEVEL), (timbre[:, 1:], *_TIMBRE), (harmony, *_HARMONY))
    scaled = [_scaled(group, least) * weight for group, weight, least in groups]
    spread = np.sqrt(2 * sum(weight**2 for _, weight, _ in groups))
    return np.asarray(np.concatenate(scaled, axis=1) / spread)


def _scaled(group: Curve, least: float) -> Curve:
    """Centred, and divided by the root mean square length of a row or by `least`."""
    centred = group - group.mean(axis=0)
    return np.asarray(centred / max(np.sqrt(np.mean(np.sum(centred**2, axis=1))), least))


def _means(frames: Frames, edges: Curve) -> Curve:
    sums = np.concatenate(
        [np.zeros((1, frames.shape[1])), np.cumsum(frames, axis=0, dtype=np.float64)]
    )
    first = np.clip(np.round(edges[:-1]).astype(int), 0, len(frames) - 1)
    last = np.clip(np.round(edges[1:]).astype(int), first + 1, len(frames))
    return np.asarray((sums[last] - sums[first]) / (last - first)[:, None])


def _novelty(distance: Curve) -> Curve:
    """For each unit edge: mean distance across it less mean distance within both sides."""
    units = len(distance)
    novelty = np.zeros(units + 1)
    for edge in range(1, units):
        for reach in _KERNEL_UNITS:
            before = slice(max(edge - reach, 0), edge)
            after = slice(edge, min(edge + reach, units))
            within = _inner_mean(distance[before, before]) + _inner_mean(distance[after, after])
            novelty[edge] += distance[before, after].mean() - within / 2
    return novelty / len(_KERNEL_UNITS)


def _inner_mean(square: Curve) -> float:
    """Mean distance of different units; a lone unit is as far from itself as ordinary ones."""
    count = len(square)
    return float(square.sum() / (count * (count - 1))) if count > 1 else 1.0


def _peaks(novelty: Curve, edges: Curve) -> NDArray[np.intp]:
    """Edges whose novelty is the largest around, and clearly above the ordinary."""
    inner = novelty[1:-1]
    threshold = max(inner.mean() + _PEAK_DEVIATIONS * inner.std(), _LEAST_NOVELTY)
    chosen: list[int] = []
    for edge in np.argsort(novelty)[::-1].tolist():
        gaps = np.abs(edges[[0, -1, *chosen]] - edges[edge])
        if novelty[edge] > threshold and gaps.min() >= SHORTEST_SECONDS:
            chosen.append(edge)
    return np.array(sorted(chosen), dtype=np.intp)


def _labels(features: Curve, firsts: NDArray[np.intp]) -> NDArray[np.intp]:
    """Clusters of the sections' mean features, numbered in order of appearance."""
    if len(firsts) == 1:
        return np.zeros(1, dtype=np.intp)
    lasts = np.append(firsts[1:], len(features))
    means = np.array([features[a:b].mean(axis=0) for a, b in zip(firsts, lasts, strict=True)])
    clusters = fcluster(linkage(means, "average"), _ALIKE, criterion="distance")
    _, first_seen, index = np.unique(clusters, return_index=True, return_inverse=True)
    return np.asarray(np.argsort(np.argsort(first_seen))[index], dtype=np.intp)
