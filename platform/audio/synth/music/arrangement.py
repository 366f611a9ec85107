"""Who plays when: a groove drawn once for a song, and the notes that it makes of every bar."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from audio.synth.music.form import Mood

# How a bar is felt: groups of two have a backbeat, groups of three a lift on their last beat.
GROUPS = {2: (2,), 3: (3,), 4: (2, 2), 5: (3, 2), 6: (3, 3), 7: (2, 2, 3)}
MAJOR = (0, 2, 4, 5, 7, 9, 11)
PROGRESSIONS = {"verse": ((0, 5, 3, 4), (0, 3, 0, 4)), "chorus": ((3, 4, 0, 5), (5, 3, 0, 4))}
PENTATONIC = (0, 2, 4, 7, 9)


@dataclass(frozen=True, slots=True)
class Note:
    """`voice` at `position` (beats from the start of the bar) for `beats`, on MIDI `pitches`."""

    voice: str
    position: float
    gain: float
    beats: float = 0.0
    pitches: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Groove:
    """What stays the same through a song. Patterns are positions in beats."""

    beats_per_bar: int
    key: int
    verse: tuple[int, ...]
    chorus: tuple[int, ...]
    hats_per_beat: int
    kicks: tuple[float, ...]
    snares: tuple[float, ...]
    bass: tuple[float, ...]
    stabs: tuple[float, ...]

    def degree(self, label: str, bar: int) -> int:
        """The scale degree (0-6) of the chord of a bar."""
        progression = self.chorus if label == "chorus" else self.verse
        return progression[bar % len(progression)]


def draw_groove(rng: Generator, beats_per_bar: int) -> Groove:
    """Draw key, chords and patterns; the bar's first beat always carries kick, bass and chord."""
    starts = np.cumsum((0, *GROUPS[beats_per_bar]))[:-1].astype(float)
    lifts = starts + np.array(GROUPS[beats_per_bar]) - 1
    offbeats = np.arange(beats_per_bar) + 0.5
    pushes = offbeats[rng.random(beats_per_bar) < 0.25]
    walks = np.arange(0, beats_per_bar, 1.0)
    bass = (starts, walks, np.union1d(walks, offbeats), np.union1d(starts, pushes))[rng.integers(4)]
    stabs = (np.zeros(1), starts, np.union1d(np.zeros(1), offbeats))[rng.integers(3)]
    return Groove(
        beats_per_bar=beats_per_bar,
        key=int(rng.integers(40, 52)),
        verse=PROGRESSIONS["verse"][rng.integers(2)],
        chorus=PROGRESSIONS["chorus"][rng.integers(2)],
        hats_per_beat=int(rng.choice([1, 2, 2, 4])),
        kicks=tuple(np.union1d(starts, pushes)),
        snares=tuple(lifts),
        bass=tuple(bass),
        stabs=tuple(stabs),
    )


def bar_notes(rng: Generator, groove: Groove, label: str, bar: int, mood: Mood) -> Iterator[Note]:
    """The notes of one bar; `rng` only colours it (velocities, the melody)."""
    yield from _drums(rng, groove, mood)
    degree = groove.degree(label, bar)
    if mood.bass:
        for position in groove.bass:
            pitch = _pitch(groove.key - 12, degree)
            yield Note("bass", position, 0.5, beats=0.9, pitches=(pitch,))
    triad = tuple(_pitch(groove.key + 12, degree + step) for step in (0, 2, 4))
    stabs = groove.stabs if mood.bass else (0.0,)
    for position in stabs:
        length = groove.beats_per_bar if len(stabs) == 1 else 0.8
        yield Note("chord", position, 0.6, beats=length, pitches=triad)
    if mood.lead:
        yield from _melody(rng, groove)


def _drums(rng: Generator, groove: Groove, mood: Mood) -> Iterator[Note]:
    if mood.kick:
        for position in groove.kicks:
            yield Note("kick", position, rng.uniform(0.8, 1.0))
    if mood.snare:
        for position in groove.snares:
            yield Note("snare", position, rng.uniform(0.6, 0.8))
    if mood.hats:
        for step in range(groove.beats_per_bar * groove.hats_per_beat):
            position = step / groove.hats_per_beat
            accent = 0.5 if position == int(position) else 0.3
            yield Note("hat", position, accent * rng.uniform(0.7, 1.0))


def _melody(rng: Generator, groove: Groove) -> Iterator[Note]:
    for step in range(2 * groove.beats_per_bar):
        if rng.random() < 0.45:
            pitch = groove.key + 24 + PENTATONIC[rng.integers(5)]
            yield Note("lead", step / 2, 0.25, beats=0.5, pitches=(pitch,))


def _pitch(key: int, degree: int) -> int:
    octave, step = divmod(degree, 7)
    return key + 12 * octave + MAJOR[step]
