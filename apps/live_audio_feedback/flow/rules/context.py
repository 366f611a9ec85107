"""What the selector knows of the moment, and the numbers it makes of a track in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from apps.live_audio_feedback.flow.rules.tracks import Features, fifths_apart

Vector = npt.NDArray[np.float64]

NOW_S: Final = 5.0
TREND_S: Final = 60.0
NEUTRAL: Final = 50.0
_STEEP: Final = 30.0  # points a minute

NAMES: Final = (
    "base", "tempo", "tempo_squared", "energy", "energy_squared", "mood", "mood_squared",
    "energy_mood", "score", "trend", "score_energy", "score_tempo", "score_mood", "trend_energy",
    "tempo_jump", "energy_jump", "key_jump",
)  # fmt: skip
SIZE: Final = len(NAMES)


class Sample(NamedTuple):
    """The session's score (0 to 100) at an instant (UNIX seconds)."""

    at: float
    score: float


@dataclass(frozen=True, slots=True)
class Context:
    """`score` 0 to 100, `trend` in points a minute, and what plays, if anything does."""

    score: float = NEUTRAL
    trend: float = 0.0
    playing: Features | None = None


def context_of(samples: Sequence[Sample], at: float, playing: Features | None = None) -> Context:
    """The context at `at`: the mean of the last 5 s, and the slope of the last 60 s.

    Without samples the score is neutral (50), and with fewer than two the trend is 0.
    """
    recent = [each for each in samples if at - TREND_S <= each.at <= at]
    newest = [each.score for each in recent if each.at >= at - NOW_S]
    score = float(np.mean(newest)) if newest else NEUTRAL
    return Context(score, slope(recent), playing)


def slope(samples: Sequence[Sample]) -> float:
    """Points a minute by least squares; 0 where all samples are of one instant."""
    if len(samples) < 2:
        return 0.0
    minutes = np.array([each.at - samples[0].at for each in samples]) / 60
    off = minutes - minutes.mean()
    spread = float(off @ off)
    scores = np.array([each.score for each in samples])
    return float(off @ scores) / spread if spread > 0 else 0.0


def numbers(track: Features, context: Context) -> Vector:
    """The track in its context: (`SIZE`,), in the order of `NAMES`, each within -2 to 4.

    Squares let a crowd like a middle, products let its state change its taste, and jumps are from
    what plays: 0 where nothing does, or no key is known.
    """
    tempo = (track.bpm - 120) / 60
    energy, mood = 2 * track.energy - 1, 2 * track.valence - 1
    score = (context.score - NEUTRAL) / NEUTRAL
    trend = float(np.clip(context.trend / _STEEP, -1, 1))
    tempo_jump = energy_jump = key_jump = 0.0
    if context.playing is not None:
        tempo_jump = min(1.0, abs(track.bpm - context.playing.bpm) / 60)
        energy_jump = abs(track.energy - context.playing.energy)
        key_jump = (fifths_apart(track, context.playing) or 0) / 6
    return np.array([
        1.0, tempo, tempo * tempo, energy, energy * energy, mood, mood * mood,
        energy * mood, score, trend, score * energy, score * tempo, score * mood, trend * energy,
        tempo_jump, energy_jump, key_jump,
    ])  # fmt: skip
