"""Booing with open mouths: what `boo` models with closed ones, louder and with rounder vowels.

Real booing has its centre of gravity at 500 to 1,700 Hz. No recording under a clean licence was at
hand to compare this with.
"""

import numpy as np

from audio.synth.crowd.room import Samples, at_level, in_a_hall
from audio.synth.crowd.voices import Utterance, render

VOWELS = ("u", "o", "u", "uh")
LONGEST_SECONDS = 3.0


def jeer(
    seconds: float, rng: np.random.Generator, *, people: int = 60, level_dbfs: float = -22.0
) -> Samples:
    """`people` booing aloud: float32 of shape (seconds * 16000,), RMS at `level_dbfs`."""
    utterances = []
    for _ in range(people):
        gain, woman = float(1 / np.sqrt(rng.uniform(1.0, 64.0))), rng.random() < 0.3
        base = rng.uniform(230, 330) if woman else rng.uniform(140, 250)
        at = rng.uniform(-1.5, 0.8)
        while at < seconds:
            length = rng.uniform(1.2, LONGEST_SECONDS)
            utterances.append(
                Utterance(
                    start=max(0.0, at),
                    seconds=length,
                    pitch_start=base * 1.08,
                    pitch_peak=base * rng.uniform(0.95, 1.08),
                    pitch_end=base * rng.uniform(0.6, 0.85),
                    vowel=VOWELS[rng.integers(len(VOWELS))],
                    tract=1.3 if woman else 1.12,
                    gain=gain,
                    breath=rng.uniform(0.1, 0.35),
                )
            )
            at += length * rng.uniform(1.0, 1.3)
    dry = render(utterances, seconds, rng, tilt=0.6)
    return at_level(in_a_hall(dry, rng, decay_seconds=1.2, wetness=0.5), level_dbfs)
