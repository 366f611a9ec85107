"""Bars: which beats begin one, and how many beats a bar holds."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d

from audio.timeline.onsets import Curve, Onsets
from audio.timeline.spectrum import CHROMA_RATE, FRAME_RATE, Frames

# How often each metre is met, before listening.
METRES = {4: 0.62, 3: 0.2, 2: 0.06, 6: 0.05, 5: 0.04, 7: 0.03}
FEWEST_BEATS = 4
_LEAD = 0.9  # a downbeat stands out by about one deviation of what makes a downbeat
_REPEAT_WEIGHT = 2.0  # of the repetition at the bar's length, per square root of beats
_CHANGE_COST, _SLIP_COST = 12.0, 9.0  # of another metre at a bar line; of a bar cut short
_TEMPER = 4.0  # softens the confidence: beats of a song are no independent witnesses
_LONGEST_LAG = 14  # beats


@dataclass(frozen=True, slots=True)
class Bars:
    """`positions` (1-based, one per beat), the prevailing `beats_per_bar`, `confidence` 0-1."""

    positions: NDArray[np.intp]
    beats_per_bar: int | None
    confidence: float


def find(beats: Curve, onsets: Onsets, chroma: Frames) -> Bars:
    """Decode the bar position of every beat: a Viterbi path over (metre, position).

    A downbeat is where harmony and timbre change and the bass enters, and where the treble (the
    snare) rests; a metre is likely when accents and harmony repeat after that many beats.
    """
    if len(beats) < FEWEST_BEATS:
        return Bars(np.arange(1, len(beats) + 1), None, 0.0)
    accents = _accents(beats, onsets)
    harmony = _harmony(beats, chroma)
    lead = _lead(beats, accents, harmony, onsets)
    scores, path = _decode(lead, _expectation(accents, harmony))
    metres = np.array([metre for metre, _ in path])
    beats_per_bar = int(np.bincount(metres).argmax())
    odds = np.exp((scores - scores.max()) / _TEMPER)
    share = odds[list(METRES).index(beats_per_bar)] / odds.sum()
    return Bars(np.array([position + 1 for _, position in path]), beats_per_bar, float(share))


def _accents(beats: Curve, onsets: Onsets) -> Curve:
    """(beats, 6): the onset strength of the bands at each beat."""
    frames = np.clip(np.round(beats * FRAME_RATE).astype(int), 0, len(onsets.bands) - 1)
    return np.asarray(np.sqrt(maximum_filter1d(onsets.bands, 5, axis=0)[frames]))


def _harmony(beats: Curve, chroma: Frames) -> Curve:
    """(beats, 12): the chroma between each beat and the next, at unit length."""
    edges = np.clip(np.round(beats * CHROMA_RATE).astype(int), 0, max(len(chroma) - 1, 0))
    sums = np.concatenate([np.zeros((1, 12)), np.cumsum(chroma, axis=0, dtype=np.float64)])
    last = np.append(edges[1:], len(chroma))
    between = sums[np.maximum(last, edges + 1).clip(max=len(chroma))] - sums[edges]
    return np.asarray(between / (np.linalg.norm(between, axis=1, keepdims=True) + 1e-6))


def _lead(beats: Curve, accents: Curve, harmony: Curve, onsets: Onsets) -> Curve:
    """How much each beat stands out as a downbeat, in deviations."""
    frames = np.clip(np.round(beats * FRAME_RATE).astype(int), 0, len(onsets.strength) - 1)
    padded = np.pad(harmony, ((2, 2), (0, 0)), mode="edge")
    before = padded[:-4] + padded[1:-3]
    after = padded[2:-2] + padded[3:-1]
    lengths = np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1)
    chord_change = 1 - np.sum(before * after, axis=1) / (lengths + 1e-6)
    return _deviations(
        0.5 * _deviations(accents[:, 0])
        + 1.0 * _deviations(onsets.changes[1][frames])
        + 1.5 * _deviations(chord_change)
        - 0.5 * _deviations(accents[:, 4:].mean(axis=1))
    )


def _expectation(accents: Curve, harmony: Curve) -> Curve:
    """Log prior of each metre, once the repetition of the beats' features is known."""
    features = np.concatenate([accents, harmony * accents.std()], axis=1)
    features = features - features.mean(axis=0)
    features /= np.linalg.norm(features, axis=1, keepdims=True) + 1e-9
    lags = np.arange(1, min(_LONGEST_LAG, len(features) - 1) + 1)
    likeness = np.array([np.mean(np.sum(features[k:] * features[:-k], axis=1)) for k in lags])
    repeats = np.zeros(len(METRES))
    for index, metre in enumerate(METRES):
        same = lags % metre == 0
        if same.any() and not same.all():
            repeats[index] = likeness[same].mean() - likeness[~same].mean()
    prior = np.log(np.array(list(METRES.values())))
    return np.asarray(prior + _REPEAT_WEIGHT * np.sqrt(len(features)) * repeats)


def _decode(lead: Curve, expectation: Curve) -> tuple[Curve, list[tuple[int, int]]]:
    """The score of ending in each metre, and the best path of (metre, position from 0)."""
    states = [(metre, position) for metre in METRES for position in range(metre)]
    moves = _moves(states)
    first = np.array([position == 0 for _, position in states])
    gain = np.outer(_LEAD * lead - _LEAD**2 / 2, first)
    prior = dict(zip(METRES, expectation, strict=True))
    best = np.array([prior[metre] - np.log(metre) for metre, _ in states]) + gain[0]
    back = np.zeros((len(lead), len(states)), dtype=np.intp)
    for beat in range(1, len(lead)):
        arrivals = best[:, None] + moves
        back[beat] = arrivals.argmax(axis=0)
        best = arrivals.max(axis=0) + gain[beat]
    path = [int(best.argmax())]
    for beat in range(len(lead) - 1, 0, -1):
        path.append(int(back[beat, path[-1]]))
    scores = [max(b for b, (m, _) in zip(best, states, strict=True) if m == k) for k in METRES]
    return np.array(scores), [states[index] for index in reversed(path)]


def _moves(states: list[tuple[int, int]]) -> Curve:
    """Log weights of the steps: to the next beat, rarely to another metre or an early bar."""
    moves = np.full((len(states), len(states)), -np.inf)
    for index, (metre, position) in enumerate(states):
        moves[index, states.index((metre, (position + 1) % metre))] = 0.0
        if position == metre - 1:
            for other in METRES:
                if other != metre:
                    moves[index, states.index((other, 0))] = -_CHANGE_COST
        else:
            moves[index, states.index((metre, 0))] = -_SLIP_COST
    return moves


def _deviations(values: Curve) -> Curve:
    return np.asarray((values - values.mean()) / (values.std() + 1e-9))
