"""What a crowd does with its voices: cheering, booing, murmuring, chanting; and one announcer."""

import numpy as np
import numpy.typing as npt

from audio.synth.crowd.room import Samples, at_level, in_a_hall
from audio.synth.crowd.voices import Utterance, render

TRACTS = (1.0, 1.17)
LONGEST_SHOUT_SECONDS = 3.0


def _loudness_by_seat(rng: np.random.Generator) -> float:
    """The gain of a voice by its distance: 1 for the nearest seat, 1/8 for the farthest."""
    return float(1.0 / np.sqrt(rng.uniform(1.0, 64.0)))


def cheer(
    seconds: float, rng: np.random.Generator, *, people: int = 60, level_dbfs: float = -20.0
) -> Samples:
    """`people` shouting "yeah" and "wey": high, open vowels that rise and fall, with breath.

    Float32 of shape (seconds * 16000,), RMS at `level_dbfs`.
    """
    utterances = []
    for _ in range(people):
        gain, woman = _loudness_by_seat(rng), rng.random() < 0.45
        base = rng.uniform(330, 560) if woman else rng.uniform(220, 400)
        at = rng.uniform(-1.0, 0.6)
        while at < seconds:
            length = rng.uniform(0.7, LONGEST_SHOUT_SECONDS)
            pitch = base * rng.uniform(0.85, 1.2)
            utterances.append(
                Utterance(
                    start=max(0.0, at),
                    seconds=length,
                    pitch_start=pitch * 0.8,
                    pitch_peak=pitch * rng.uniform(1.05, 1.35),
                    pitch_end=pitch * rng.uniform(0.7, 0.95),
                    vowel=("a", "e", "uh")[rng.integers(3)],
                    tract=1.35 if woman else 1.2,
                    gain=gain,
                    breath=rng.uniform(0.1, 0.4),
                )
            )
            at += length * rng.uniform(0.9, 1.5)
    dry = render(utterances, seconds, rng, tilt=0.7)
    return at_level(in_a_hall(dry, rng, decay_seconds=1.2, wetness=0.5), level_dbfs)


def boo(
    seconds: float, rng: np.random.Generator, *, people: int = 60, level_dbfs: float = -22.0
) -> Samples:
    """`people` booing: long, low /u/ sounds whose pitch falls.

    Float32 of shape (seconds * 16000,), RMS at `level_dbfs`. This is a model: no recording of
    booing under a clean licence was found to compare it with.
    """
    utterances = []
    for _ in range(people):
        gain, woman = _loudness_by_seat(rng), rng.random() < 0.3
        base = rng.uniform(190, 260) if woman else rng.uniform(105, 190)
        at = rng.uniform(-1.5, 0.8)
        while at < seconds:
            length = rng.uniform(1.4, LONGEST_SHOUT_SECONDS)
            utterances.append(
                Utterance(
                    start=max(0.0, at),
                    seconds=length,
                    pitch_start=base * rng.uniform(1.0, 1.1),
                    pitch_peak=base * rng.uniform(0.95, 1.05),
                    pitch_end=base * rng.uniform(0.6, 0.8),
                    vowel="u",
                    tract=TRACTS[int(woman)],
                    gain=gain,
                    breath=rng.uniform(0.02, 0.1),
                )
            )
            at += length * rng.uniform(1.0, 1.3)
    dry = render(utterances, seconds, rng, tilt=1.1)
    return at_level(in_a_hall(dry, rng, decay_seconds=1.2, wetness=0.5), level_dbfs)


def _talk(
    seconds: float, rng: np.random.Generator, pitch: float, tract: float, gain: float
) -> list[Utterance]:
    """One talker: phrases of 1 to 2.5 s at four to six syllables a second, then a pause."""
    syllables = []
    at = rng.uniform(0.0, 0.8)
    while at < seconds:
        phrase_end = at + rng.uniform(1.0, 2.5)
        while at < min(phrase_end, seconds):
            length = rng.uniform(0.11, 0.22)
            accent = rng.uniform(0.85, 1.25)
            syllables.append(
                Utterance(
                    start=at,
                    seconds=length,
                    pitch_start=pitch * accent,
                    pitch_peak=pitch * accent * rng.uniform(1.0, 1.12),
                    pitch_end=pitch * accent * 0.9,
                    vowel=("a", "e", "i", "o", "u", "uh")[rng.integers(6)],
                    tract=tract,
                    gain=gain * rng.uniform(0.5, 1.0),
                    breath=0.08,
                )
            )
            at += length + rng.uniform(0.02, 0.09)
        at += rng.uniform(0.25, 0.8)
    return syllables


def walla(
    seconds: float, rng: np.random.Generator, *, people: int = 40, level_dbfs: float = -36.0
) -> Samples:
    """The murmur of `people` talking at once, none of them to the microphone.

    Float32 of shape (seconds * 16000,), RMS at `level_dbfs`.
    """
    syllables = []
    for _ in range(people):
        woman = rng.random() < 0.45
        pitch = rng.uniform(170, 240) if woman else rng.uniform(90, 150)
        syllables += _talk(seconds, rng, pitch, TRACTS[int(woman)], _loudness_by_seat(rng))
    dry = render(syllables, seconds, rng, tilt=1.0)
    return at_level(in_a_hall(dry, rng, decay_seconds=0.9, wetness=0.6), level_dbfs)


def speech_like(seconds: float, rng: np.random.Generator, *, level_dbfs: float = -22.0) -> Samples:
    """One announcer near the microphone: syllables, phrases and pauses, but no words.

    Float32 of shape (seconds * 16000,), RMS at `level_dbfs`.
    """
    pitch = rng.uniform(105, 210)
    dry = render(_talk(seconds, rng, pitch, TRACTS[int(pitch > 160)], 1.0), seconds, rng, tilt=1.0)
    return at_level(in_a_hall(dry, rng, decay_seconds=0.3, wetness=0.08), level_dbfs)


def chant(
    seconds: float,
    rng: np.random.Generator,
    *,
    people: int = 50,
    beat_hz: float = 1.4,
    level_dbfs: float = -21.0,
) -> Samples:
    """`people` calling one syllable per beat, nearly together (30 ms apart), on one low note.

    Float32 of shape (seconds * 16000,), RMS at `level_dbfs`.
    """
    beats = np.arange(0.1, seconds, 1 / beat_hz)
    utterances = [call for _ in range(people) for call in _calls(beats, 0.55 / beat_hz, rng)]
    dry = render(utterances, seconds, rng, tilt=0.9)
    return at_level(in_a_hall(dry, rng, decay_seconds=0.7, wetness=0.35), level_dbfs)


def _calls(
    beats: npt.NDArray[np.float64], seconds: float, rng: np.random.Generator
) -> list[Utterance]:
    """One person calling on each of the `beats` for `seconds`; some sing an octave higher."""
    gain, pitch = _loudness_by_seat(rng), rng.normal(185.0, 8.0) * (1 + (rng.random() < 0.3))
    return [
        Utterance(
            start=max(0.0, beat + rng.normal(0.0, 0.03)),
            seconds=seconds,
            pitch_start=pitch,
            pitch_peak=pitch * 1.05,
            pitch_end=pitch * 0.95,
            vowel=("o", "a")[rng.integers(2)],
            tract=1.1,
            gain=gain,
            breath=0.1,
        )
        for beat in beats
    ]
