"""An audience that laughs: each person in bouts of short voiced calls, four to six a second.

Rate, falling pitch and breath follow Bachorowski, Smoski and Owren (2001, "The acoustic features of
human laughter"). No recording under a clean licence was at hand to compare it with.
"""

import numpy as np

from audio.synth.crowd.room import Samples, at_level, in_a_hall
from audio.synth.crowd.voices import Utterance, render

VOWELS = ("a", "uh", "e")
CALL_SHARE = 0.55  # of the time from one call to the next
LAST_CALL_SECONDS = 0.3


def laughter(
    seconds: float, rng: np.random.Generator, *, people: int = 20, level_dbfs: float = -24.0
) -> Samples:
    """`people` laughing: float32 of shape (seconds * 16000,), RMS at `level_dbfs`."""
    calls = [call for _ in range(people) for call in _bouts(seconds, rng)]
    dry = render(calls, seconds, rng, tilt=0.9)
    return at_level(in_a_hall(dry, rng, decay_seconds=0.5, wetness=0.3), level_dbfs)


def _bouts(seconds: float, rng: np.random.Generator) -> list[Utterance]:
    """One person: four to twelve calls that fall in pitch and loudness, a breath, and again."""
    woman = rng.random() < 0.5
    base = rng.uniform(280, 480) if woman else rng.uniform(160, 300)
    gain = float(1 / np.sqrt(rng.uniform(1.0, 64.0)))
    rate_hz = rng.uniform(4.3, 5.7)
    calls: list[Utterance] = []
    at = rng.uniform(-0.5, 0.8)
    while at < seconds:
        count = int(rng.integers(4, 13))
        pitch = base * rng.uniform(0.9, 1.3)
        for number in range(count):
            fallen = pitch * (1 - 0.35 * number / count)
            calls.append(
                Utterance(
                    start=max(0.0, at + number / rate_hz + rng.normal(0, 0.012)),
                    seconds=CALL_SHARE / rate_hz,
                    pitch_start=fallen * 1.1,
                    pitch_peak=fallen,
                    pitch_end=fallen * 0.85,
                    vowel=VOWELS[rng.integers(len(VOWELS))],
                    tract=1.17 if woman else 1.0,
                    gain=gain * (1 - 0.5 * number / count),
                    breath=0.5,
                )
            )
        at += count / rate_hz + rng.uniform(0.2, 0.9)
    return [call for call in calls if call.start < seconds - LAST_CALL_SECONDS]
