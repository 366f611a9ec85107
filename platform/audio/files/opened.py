"""A stretch of sound that a decoder has opened: its form, and its blocks as they come."""

from collections.abc import Iterator
from dataclasses import dataclass

from audio import speakers
from audio.files.sound import Samples
from audio.speakers import Speakers


@dataclass(frozen=True, slots=True)
class Opened:
    """`frames` is None where only reading can tell."""

    sample_rate: int
    channels: int
    frames: int | None
    floats: bool  # holds floating point, which need not be sound levels
    blocks: Iterator[Samples]
    speakers: Speakers


def in_wave_order(
    blocks: Iterator[Samples], channels: int, said: Speakers | None
) -> tuple[Iterator[Samples], Speakers]:
    """Blocks whose channels lie as their file has them, put into WAVE's order; and its speakers.

    `said` is what the file tells of its channels, if it does; libsndfile hands them on as they lie.
    """
    known = said if said is not None and len(said) == channels else speakers.assumed(channels)
    order = speakers.order(known)
    if order == list(range(channels)):
        return blocks, known
    return (block[:, order] for block in blocks), tuple(known[at] for at in order)
