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
_KERNEL_UNITS = 4  # bars to either side of a boundary that are compared
_PEAK_DEVIATIONS = 0.5
_ALIKE = 0.45  # largest distance within one label, where 1 is the mean distance of two units


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
    distance = np.linalg.norm(features[:, None] - features[None], axis=2)
    distance /= distance.mean() + 1e-9
    novelty = _novelty(distance)
    cuts = _peaks(novelty, edges)
    strongest = max(float(novelty[cuts].max(initial=0.0)), 1e-9)
    return Boundaries(
        starts=np.concatenate([[0.0], edges[cuts]]),
        confidences=np.concatenate([[1.0], np.clip(novelty[cuts] / max(strongest, 1.0), 0, 1)]),
        labels=_labels(features, np.concatenate([[0], cuts]), len(edges) - 1, distance),
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
    """(units, features): timbre, level and harmony of each unit, in deviations, equally weighted
    as groups. Level enters through the first timbre coefficient."""
    spectra = _means(mel, edges * FRAME_RATE)
    timbre = dct(spectra, axis=1, norm="ortho")[:, :_TIMBRE_COEFFICIENTS]
    harmony = _means(chroma, edges * CHROMA_RATE)
    harmony = harmony / (np.linalg.norm(harmony, axis=1, keepdims=True) + 1e-6)
    groups = [(timbre[:, :1], 1.0), (timbre[:, 1:], 1.0), (harmony, 0.7)]
    return np.concatenate([_scaled(group) * weight for group, weight in groups], axis=1)


def _scaled(group: Curve) -> Curve:
    """Centred; the mean squared length of a row becomes 1."""
    centred = group - group.mean(axis=0)
    return np.asarray(centred / (np.sqrt(np.mean(np.sum(centred**2, axis=1))) + 1e-6))


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
        before = slice(max(edge - _KERNEL_UNITS, 0), edge)
        after = slice(edge, min(edge + _KERNEL_UNITS, units))
        within = (_inner_mean(distance[before, before]) + _inner_mean(distance[after, after])) / 2
        novelty[edge] = distance[before, after].mean() - within
    return novelty


def _inner_mean(square: Curve) -> float:
    """Mean distance of different units; a lone unit counts as far from itself as the average."""
    count = len(square)
    return float(square.sum() / (count * (count - 1))) if count > 1 else 1.0


def _peaks(novelty: Curve, edges: Curve) -> NDArray[np.intp]:
    """Edges whose novelty is the largest around, and clearly above the ordinary."""
    inner = novelty[1:-1]
    threshold = max(inner.mean() + _PEAK_DEVIATIONS * inner.std(), 0.1)
    chosen: list[int] = []
    for edge in np.argsort(novelty)[::-1].tolist():
        gaps = np.abs(edges[[0, -1, *chosen]] - edges[edge])
        if novelty[edge] > threshold and gaps.min() >= SHORTEST_SECONDS:
            chosen.append(edge)
    return np.array(sorted(chosen), dtype=np.intp)


def _labels(
    features: Curve, firsts: NDArray[np.intp], units: int, distance: Curve
) -> NDArray[np.intp]:
    """Clusters of the sections' mean features, numbered in order of appearance."""
    if len(firsts) == 1:
        return np.zeros(1, dtype=np.intp)
    lasts = np.append(firsts[1:], units)
    means = np.array([features[a:b].mean(axis=0) for a, b in zip(firsts, lasts, strict=True)])
    scale = np.linalg.norm(features[:, None] - features[None], axis=2).mean()
    clusters = fcluster(linkage(means, "average"), _ALIKE * scale, criterion="distance")
    _, first_seen, index = np.unique(clusters, return_index=True, return_inverse=True)
    return np.asarray(np.argsort(np.argsort(first_seen))[index], dtype=np.intp)
