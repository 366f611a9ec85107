"""Which pulse is felt as the beat: its double, its half, a third of it, on the beat or between.

Octave errors, not jitter, are where beat trackers fail. So each metrical level is tracked, and
each of its beat sequences is scored by what the music does on the beats and between them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import maximum_filter1d

from audio.timeline import tempo
from audio.timeline.beats import track
from audio.timeline.onsets import Curve, Onsets
from audio.timeline.spectrum import FRAME_RATE
from audio.timeline.tempo import Tempogram

FACTORS = (1 / 3, 1 / 2, 2 / 3, 3 / 4, 1, 4 / 3, 3 / 2, 2, 3)
SLOWEST_BPM, FASTEST_BPM = 42.0, 225.0
FEWEST_BEATS = 8
_TOLERANCE_FRAMES = 5  # an accent counts for a beat within 20 ms to either side
_HIGH_BANDS = slice(4, 6)  # above 2.5 kHz: snare and hats
# What speaks for a sequence of beats. Fitted once (conditional logit, rounded) on 140 synthetic
# pieces of many styles, checked on others: see docs/reference/timeline.md.
WEIGHTS = {
    "accent": 0.6,  # mean onset strength on the beats
    "thirds": -3.1,  # the same a third of the way to the next beat, relative to the beats
    "quarters": -1.3,  # and a quarter of the way
    "alternation": -2.5,  # every second beat weaker: half of them are no beats
    "low_alternation": 1.7,  # but a bass drum may well take every second beat
    "change": 1.8,  # chords and sounds change on beats rather than between them
    "bars": 2.7,  # and more on some beats of the bar than on others
    "high": 0.4,  # the side of the beat on which the treble is
    "salience": 1.1,  # the tempogram's opinion (log)
    "usual": 0.6,  # minus the squared distance from 118 BPM in octaves
}


@dataclass(frozen=True, slots=True)
class Level:
    """The better beats (seconds) of one level, `factor` times the pulse, and its odds 0-1."""

    beats: Curve
    factor: float
    share: float


def rank(onsets: Onsets, tempogram: Tempogram, pulse: Curve) -> list[Level]:
    """Every level with enough beats, best first; their shares are a soft-max and sum to 1.

    A level may be beaten on or between its tracked beats: both count for it, the better is kept.
    """
    accents = np.sqrt(maximum_filter1d(onsets.bands, _TOLERANCE_FRAMES, axis=0))
    frames = np.arange(len(onsets.strength)) * tempo.RATE / FRAME_RATE
    curve = np.interp(frames, np.arange(len(pulse)), pulse)
    found = []
    for factor, beats in _tracked(onsets.strength, curve):
        likely = _tempo_score(tempogram, float(np.median(curve)) * factor)
        ways = [beats, (beats[1:] + beats[:-1]) / 2]
        scores = np.array([_score(onsets, accents, way) + likely for way in ways])
        found.append((ways[int(scores.argmax())], factor, np.logaddexp.reduce(scores)))
    if not found:
        return []
    total = np.logaddexp.reduce([score for _, _, score in found])
    levels = [Level(beats, factor, float(np.exp(s - total))) for beats, factor, s in found]
    return sorted(levels, key=lambda level: level.share, reverse=True)


def _tracked(strength: Curve, pulse: Curve) -> Iterator[tuple[float, Curve]]:
    for factor in FACTORS:
        if SLOWEST_BPM < float(np.median(pulse)) * factor < FASTEST_BPM:
            beats = track(strength, pulse * factor)
            if len(beats) > FEWEST_BEATS:
                yield factor, beats


def _tempo_score(tempogram: Tempogram, bpm: float) -> float:
    octaves = float(np.log2(bpm / tempo.PRIOR_BPM))
    return WEIGHTS["salience"] * tempogram.at(bpm) - WEIGHTS["usual"] * octaves**2


def _score(onsets: Onsets, accents: Curve, beats: Curve) -> float:
    gaps = np.diff(beats)

    def between(share: float) -> Curve:
        return _at(accents, beats[:-1] + share * gaps)

    on, half = _at(accents, beats), between(1 / 2)
    accent = on.mean() + 0.2
    change = onsets.changes[1]
    change_on, change_half = _at(change, beats), _at(change, beats[:-1] + gaps / 2)
    features = {
        "accent": accent,
        "thirds": (between(1 / 3).mean() + between(2 / 3).mean()) / 2 / accent,
        "quarters": (between(1 / 4).mean() + between(3 / 4).mean()) / 2 / accent,
        "alternation": _alternation(on.mean(axis=1)) / accent,
        "low_alternation": _alternation(on[:, 0]) / accent,
        "change": _contrast(change_on, change_half, 1e-9),
        "bars": _bar_shape(change_on) - _bar_shape(change_half),
        "high": np.tanh(8 * _contrast(on[:, _HIGH_BANDS], half[:, _HIGH_BANDS], 0.2)),
    }
    return float(sum(WEIGHTS[name] * value for name, value in features.items()))


def _at(curve: Curve, seconds: Curve) -> Curve:
    frames = np.round(seconds * FRAME_RATE).astype(int)
    return np.asarray(curve[np.clip(frames, 0, len(curve) - 1)])


def _contrast(on: Curve, between: Curve, floor: float) -> float:
    return float((on.mean() - between.mean()) / (on.mean() + between.mean() + floor))


def _alternation(accents: Curve) -> float:
    pairs = accents[: len(accents) // 2 * 2].reshape(-1, 2).mean(axis=0)
    return float(abs(pairs[0] - pairs[1]))


def _bar_shape(values: Curve) -> float:
    """How much the positions of a bar of 2, 3 or 4 beats differ, above what chance gives."""
    best = 0.0
    for beats in (2, 3, 4):
        bars = values[: len(values) // beats * beats].reshape(-1, beats)
        if len(bars) >= 4:
            noise = values.std() / np.sqrt(len(bars))
            best = max(best, float(bars.mean(axis=0).std() - noise))
    return best
