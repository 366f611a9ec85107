"""One song: the plan (grid, form, groove) rendered to stereo, with the truth kept beside it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from audio.synth.music import voices
from audio.synth.music.arrangement import Note, bar_notes, draw_groove
from audio.synth.music.form import Passage, passages
from audio.synth.music.grid import Grid, Times

AROUSAL_RATE = 2
HUMAN_SECONDS = 0.004  # players spread around the grid by this much; drums keep to it
PAN = {"kick": 0.0, "snare": 0.1, "bass": 0.0, "hat": 0.4, "chord": -0.3, "lead": 0.2}


@dataclass(frozen=True, slots=True)
class TrueSection:
    start: float
    end: float
    label: str


@dataclass(frozen=True, slots=True)
class Truth:
    """What the song was made from: times in seconds, `arousal` 0-1 at 2 Hz by design.

    Beats inside a silence are left out: nobody can hear them.
    """

    beats: Times
    downbeats: Times
    bpm: float
    beats_per_bar: int
    sections: tuple[TrueSection, ...]
    silences: tuple[tuple[float, float], ...]
    arousal: NDArray[np.float64]


def song(
    rng: Generator,
    *,
    bpm: float = 120.0,
    beats_per_bar: int = 4,
    seconds: float = 30.0,
    sample_rate: int = 44_100,
    end_bpm: float | None = None,
    swing: float = 0.0,
    silence: tuple[float, float] | None = None,
) -> tuple[NDArray[np.float32], Truth]:
    """A song as float32 samples (n, 2), peak 0.9, and its truth; the same seed, the same song.

    `beats_per_bar` 2-7. The tempo runs linearly to `end_bpm`; `swing` 0-1 delays half beats up to
    a triplet; `silence` (start, length in seconds) mutes the music while its grid goes on. Music
    fills the whole bars that fit into `seconds`; a song holds at least one.
    """
    start = float(rng.uniform(0.05, 0.4))
    grid = Grid(bpm, bpm if end_bpm is None else end_bpm, seconds, start, beats_per_bar, swing)
    if grid.bars < 1:
        raise ValueError("a song needs room for one bar")
    plan = passages(grid.bars)
    mix = _render(rng, grid, plan, sample_rate)
    if silence:
        first, length = (round(value * sample_rate) for value in silence)
        mix[first : first + length] = 0
    return mix, _truth(grid, plan, silence)


def _render(
    rng: Generator, grid: Grid, plan: list[Passage], sample_rate: int
) -> NDArray[np.float32]:
    groove = draw_groove(rng, grid.beats_per_bar)
    mix = np.zeros((round(grid.seconds * sample_rate), 2), dtype=np.float32)
    play = _player(rng, sample_rate)
    for passage in plan:
        level = 10 ** (passage.mood.level_db / 20)
        for bar in range(passage.first_bar, passage.first_bar + passage.bars):
            for note in bar_notes(rng, groove, passage.label, bar, passage.mood):
                time = _played_at(rng, grid, bar, note)
                beat = 60 / grid.bpm
                sound = play(note.voice, note.pitches, note.beats * beat, passage.mood.brightness)
                _add(mix, round(time * sample_rate), sound, level * note.gain, PAN[note.voice])
    mix = np.tanh(mix)
    mix *= 0.9 / max(float(np.abs(mix).max()), 1e-9)
    return mix


def _played_at(rng: Generator, grid: Grid, bar: int, note: Note) -> float:
    time = float(grid.time(bar * grid.beats_per_bar + note.position))
    human = 0.0 if note.voice in {"kick", "snare", "hat"} else rng.normal(0, HUMAN_SECONDS)
    return max(time + human, 0.0)


def _player(
    rng: Generator, rate: int
) -> Callable[[str, tuple[int, ...], float, float], voices.Sound]:
    """A function from a note to its sound; sounds that recur are made once."""

    @cache
    def play(
        voice: str, pitches: tuple[int, ...], seconds: float, brightness: float
    ) -> voices.Sound:
        hertz = [440 * 2 ** ((pitch - 69) / 12) for pitch in pitches]
        match voice:
            case "kick":
                return voices.kick(rate)
            case "snare":
                return voices.snare(rate, rng)
            case "hat":
                return voices.hat(rate, rng)
            case "bass":
                return voices.bass(rate, hertz[0], seconds)
            case "lead":
                return voices.lead(rate, hertz[0], seconds)
            case _:
                return voices.chord(rate, hertz, seconds, brightness)

    return play


def _add(
    mix: NDArray[np.float32], first: int, sound: voices.Sound, gain: float, pan: float
) -> None:
    """Lay a sound into the mix with equal-power panning (-1 left, 1 right)."""
    angle = (pan + 1) * np.pi / 4
    room = mix[first : first + len(sound)]
    room[:, 0] += np.float32(gain * np.cos(angle)) * sound[: len(room)]
    room[:, 1] += np.float32(gain * np.sin(angle)) * sound[: len(room)]


def _truth(grid: Grid, plan: list[Passage], silence: tuple[float, float] | None) -> Truth:
    beats, per_bar = grid.beats, grid.beats_per_bar
    muted = (silence[0], sum(silence)) if silence else (0.0, 0.0)
    heard = (beats < muted[0]) | (beats >= muted[1])
    first = np.arange(len(beats)) % per_bar == 0
    sections = tuple(
        TrueSection(
            float(grid.time(float(passage.first_bar * per_bar))),
            float(grid.time(float((passage.first_bar + passage.bars) * per_bar))),
            passage.label,
        )
        for passage in plan
    )
    return Truth(
        beats=beats[heard],
        downbeats=beats[heard & first],
        bpm=float(60 / np.median(np.diff(beats))) if len(beats) > 1 else grid.bpm,
        beats_per_bar=per_bar,
        sections=sections,
        silences=(muted,) if silence else (),
        arousal=_arousal(grid.seconds, plan, sections, muted),
    )


def _arousal(
    seconds: float,
    plan: list[Passage],
    sections: tuple[TrueSection, ...],
    muted: tuple[float, float],
) -> NDArray[np.float64]:
    times = np.arange(int(seconds * AROUSAL_RATE)) / AROUSAL_RATE
    arc = np.zeros(len(times))
    for passage, section in zip(plan, sections, strict=True):
        arc[(times >= section.start) & (times < section.end)] = passage.mood.arousal
    arc[(times >= muted[0]) & (times < muted[1])] = 0.0
    return arc
