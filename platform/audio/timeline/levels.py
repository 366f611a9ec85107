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
_OFFBEAT_SHARES = (1 / 2, 1 / 3, 2 / 3)
_TOLERANCE_FRAMES = 5  # an accent counts for a beat within 20 ms to either side
# What speaks for a sequence of beats. Fitted (conditional logit, rounded) on 220 synthetic pieces
# of many styles and checked on others: see docs/reference/timeline.md.
WEIGHTS = {
    "accent": 1.4,  # mean onset strength on the beats
    "quarters": -1.9,  # the same a quarter of the way to the next beat, relative to the beats
    "alternation": -2.3,  # every second beat weaker: half of them are no beats
    "low_alternation": 1.8,  # but a bass drum may well take every second beat
    "change": 2.5,  # chords and sounds change on beats rather than between them
    "bars": 2.5,  # and more on some beats of the bar than on others
    "low": 0.3,  # the side of the beat on which the bass drum is
    "comping": -1.7,  # and, against it, that of chords and bass, which like to answer the beat
    "high": 1.0,  # and that of snare and hats
    "salience": 1.4,  # the tempogram's opinion (log)
    "pace": 0.6,  # octaves above 118 BPM: slow beats gather strength from all that they pass
}
_LARGEST_LOW_ALTERNATION = 0.5
CLICK_SHARE = 0.8  # of a metronome's clicks among the levels: half or double may still be felt


@dataclass(frozen=True, slots=True)
class Level:
    """The better beats (seconds) of one level, `factor` times the pulse; its odds among the levels
    (`share`, 0-1) and how clearly it pulses at all (`clarity`, 0-1)."""

    beats: Curve
    factor: float
    share: float
    clarity: float

    @property
    def confidence(self) -> float:
        return self.share * self.clarity


def rank(onsets: Onsets, tempogram: Tempogram, pulse: Curve) -> list[Level]:
    """Every level with enough beats, best first; their shares are a soft-max and sum to 1.

    A level can be beaten in four ways: tracked by all that begins or by the drums alone, on those
    beats or between them. All of them speak for the level, the best is kept.
    """
    accents = np.sqrt(maximum_filter1d(onsets.bands, _TOLERANCE_FRAMES, axis=0))
    frames = np.arange(len(onsets.strength)) * tempo.RATE / FRAME_RATE
    curve = np.interp(frames, np.arange(len(pulse)), pulse)
    found = []
    for factor, ways in _tracked(onsets, curve):
        likely = _tempo_score(tempogram, float(np.median(curve)) * factor)
        scores = np.array([_score(onsets, accents, way) + likely for way in ways])
        found.append((ways[int(scores.argmax())], factor, np.logaddexp.reduce(scores)))
    if not found:
        return []
    total = np.logaddexp.reduce([score for _, _, score in found])
    levels = [
        Level(beats, factor, float(np.exp(score - total)), tempogram.clarity(pulse * factor))
        for beats, factor, score in found
    ]
    return sorted(levels, key=lambda level: level.share, reverse=True)


def of_clicks(clicks: Curve) -> list[Level]:
    """The levels of a metronome: every click, with every other and twice as many as rivals."""
    twice = np.sort(np.concatenate([clicks, (clicks[1:] + clicks[:-1]) / 2]))
    rest = (1 - CLICK_SHARE) / 2
    return [
        Level(clicks, 1.0, CLICK_SHARE, 1.0),
        Level(clicks[::2], 0.5, rest, 1.0),
        Level(twice, 2.0, rest, 1.0),
    ]


def _tracked(onsets: Onsets, pulse: Curve) -> Iterator[tuple[float, list[Curve]]]:
    for factor in FACTORS:
        if SLOWEST_BPM < float(np.median(pulse)) * factor < FASTEST_BPM:
            tracked = [track(curve, pulse * factor) for curve in (onsets.strength, onsets.drums)]
            ways = [beats for beats in tracked if len(beats) > FEWEST_BEATS]
            if ways:
                yield factor, ways + [_offbeats(onsets.strength, beats) for beats in ways]


def _offbeats(strength: Curve, beats: Curve) -> Curve:
    """The other beats that these may be the offbeats of: where between them most begins. That is
    not always the middle: swung offbeats stand a sixth of a beat late."""
    gaps = np.diff(beats)
    near = maximum_filter1d(strength, _TOLERANCE_FRAMES)
    strengths = [_at(near, beats[:-1] + share * gaps).mean() for share in _OFFBEAT_SHARES]
    return np.asarray(beats[:-1] + _OFFBEAT_SHARES[int(np.argmax(strengths))] * gaps)


def _tempo_score(tempogram: Tempogram, bpm: float) -> float:
    octaves = float(np.log2(bpm / tempo.PRIOR_BPM))
    return WEIGHTS["salience"] * tempogram.at(bpm) + WEIGHTS["pace"] * octaves


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
        "quarters": (between(1 / 4).mean() + between(3 / 4).mean()) / 2 / accent,
        "alternation": _alternation(on[:, 1:].mean(axis=1)) / accent,
        "low_alternation": min(_alternation(on[:, 0]) / accent, _LARGEST_LOW_ALTERNATION),
        "change": _contrast(change_on, change_half, 1e-9),
        "bars": _bar_shape(change_on) - _bar_shape(change_half),
        "low": _side(on[:, 0], half[:, 0]),
        "comping": _contrast(on[:, 1], half[:, 1], 0.2),
        "high": _side(on[:, 4:], half[:, 4:]),
    }
    return float(sum(WEIGHTS[name] * value for name, value in features.items()))


def _at(curve: Curve, seconds: Curve) -> Curve:
    frames = np.round(seconds * FRAME_RATE).astype(int)
    return np.asarray(curve[np.clip(frames, 0, len(curve) - 1)])


def _contrast(on: Curve, between: Curve, floor: float) -> float:
    return float((on.mean() - between.mean()) / (on.mean() + between.mean() + floor))


def _side(on: Curve, between: Curve) -> float:
    """Near 1 where the beats are clearly stronger than what lies between, near -1 where weaker."""
    return float(np.tanh(8 * _contrast(on, between, 0.2)))


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
