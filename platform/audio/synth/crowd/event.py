"""A whole event: passages that fade into each other, and the truth about where each one is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from audio.synth.crowd.applause import applause
from audio.synth.crowd.crowds import boo, chant, cheer, speech_like, walla
from audio.synth.crowd.room import SAMPLE_RATE, Samples, silence

Label = Literal["quiet", "walla", "cheer", "applause", "boo", "speech", "chant"]
FADE_SECONDS = 0.25
PASSAGES: dict[Label, Callable[[float, np.random.Generator], Samples]] = {
    "quiet": silence,
    "walla": walla,
    "cheer": cheer,
    "applause": applause,
    "boo": boo,
    "speech": speech_like,
    "chant": chant,
}
PROGRAMME: tuple[Label, ...] = ("quiet", "walla", "cheer", "applause", "walla", "boo")


class EventTooShort(ValueError):
    """A passage of the programme would be shorter than its two fades."""


@dataclass(frozen=True)
class Segment:
    """The truth about one passage: its label, and its start and end in seconds."""

    start: float
    end: float
    label: Label


@dataclass(frozen=True)
class Event:
    """An event's sound (float32, 16 kHz mono, within -1 to 1) and its segments in order."""

    samples: Samples
    segments: tuple[Segment, ...]


def event(
    seconds: float, rng: np.random.Generator, *, programme: Sequence[Label] = PROGRAMME
) -> Event:
    """Play `programme` in equal parts over `seconds`, over the noise of the room.

    The same generator state gives the same samples. Raises `EventTooShort` below 0.5 s a passage.
    """
    length = seconds / len(programme)
    if length < 2 * FADE_SECONDS:
        raise EventTooShort(f"{len(programme)} passages do not fit in {seconds} s")
    samples = silence(seconds, rng)
    segments = []
    for index, label in enumerate(programme):
        start = index * length
        if label != "quiet":
            _place(samples, _faded(PASSAGES[label](length, rng)), start)
        segments.append(Segment(start, start + length, label))
    return Event(np.clip(samples, -1.0, 1.0), tuple(segments))


def _faded(samples: Samples) -> Samples:
    ramp = np.linspace(0.0, 1.0, int(FADE_SECONDS * SAMPLE_RATE), dtype=np.float32)
    samples[: len(ramp)] *= ramp
    samples[-len(ramp) :] *= ramp[::-1]
    return samples


def _place(onto: Samples, samples: Samples, start: float) -> None:
    first = int(start * SAMPLE_RATE)
    room = onto[first : first + len(samples)]
    room += samples[: len(room)]
