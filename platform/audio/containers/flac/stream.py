"""FLAC: the frames that are really there, in the order of their numbers.

libsndfile refuses depths that are legal (12, 20 and 32 bits), stops at the total that the header
claims and gives up at damage, so it is given stretches of whole frames under a header that says
what they say. Pictures, cue sheets and comments are left out; of these, the one that says which
loudspeakers the channels are for is read.
"""

import numpy as np

from audio.containers.flac import metadata, silence
from audio.containers.flac.frames import LONGEST, NATIVE_BITS, Frame, Headers, headers
from audio.containers.flac.metadata import Metadata
from audio.containers.flac.stretch import Stretch
from audio.containers.link import MAX_LINKS, Walked
from audio.containers.refusal import (
    AudioTooLong,
    NeedsFFmpeg,
    UnreadableAudio,
    damaged,
    silent,
)
from audio.containers.source import BLOCK, Source
from audio.speakers import masked

LONGEST_HOLE = 60  # seconds; where more is missing, files were joined
_MAX_FRAMES = 1_000_000  # half an hour of the shortest blocks that encoders write


def walk(source: Source, start: int, max_seconds: float) -> Walked:
    """The stretches of the stream whose `fLaC` stands at `start`.

    Raises `UnreadableAudio`, `AudioTooLong`, and `NeedsFFmpeg` for a depth that no frame header
    can say (such as 15 bits).
    """
    said = metadata.read(source, start)
    frames = _chained(_frames(source, said, max_seconds))
    if not frames:
        raise silent("FLAC") if said.first >= source.size else damaged("FLAC")
    _refuse_unreadable_depths(frames)
    parts = _parts(source, frames)
    # Both of the whole file, before a frame of silence is made: a few bytes can leap over hours.
    if sum(part.samples / part.frames[0].rate for part in parts) > max_seconds:
        raise AudioTooLong(max_seconds)
    silence.refuse_beyond_most(sum(part.silent for part in parts))
    links = (part.link(masked(said.channel_mask, part.frames[0].channels)) for part in parts)
    return Walked("FLAC", tuple(links))


def _frames(source: Source, said: Metadata, max_seconds: float) -> list[Frame]:
    found: list[Frame] = []
    seconds = 0.0
    for at in range(said.first, source.size, BLOCK):
        batch = headers(source.read(at, BLOCK + LONGEST), BLOCK)
        if len(found) + len(batch.offset) > _MAX_FRAMES:
            raise UnreadableAudio("too_many_parts", "The FLAC file has over a million frames.")
        new = _rows(batch, at, said)
        found += new
        seconds += sum(frame.samples / frame.rate for frame in new)
        # False headers are some 16 in 128 MiB; the exact length is told by the chain of true ones.
        if seconds > 2 * max_seconds + 60:
            raise AudioTooLong(max_seconds)
    return found


def _rows(batch: Headers, base: int, said: Metadata) -> list[Frame]:
    rate = np.where(batch.rate > 0, batch.rate, said.rate)
    # STREAMINFO's own depth is marked by its sign: no frame header says it.
    bits = np.where(batch.bits > 0, batch.bits, -said.bits)
    columns = (batch.offset + base, batch.number, batch.samples, batch.variable)
    rows = zip(*(c.tolist() for c in (*columns, rate, batch.channels, bits)), strict=True)
    return [Frame(*row) for row in rows if row[4] > 0 and row[6] != 0]


def _chained(frames: list[Frame]) -> list[Frame]:
    """The frames whose number follows from the last one's, or leads to the next one's."""
    if len(frames) == 1:
        return frames
    chained: list[Frame] = []
    expected = -1
    for index, frame in enumerate(frames):
        if frame.number == expected or any(
            after.number == frame.next_number for after in frames[index + 1 : index + 4]
        ):
            chained.append(frame)
            expected = frame.next_number
    return chained


def _refuse_unreadable_depths(frames: list[Frame]) -> None:
    for frame in frames:
        if frame.bits < 0 and -frame.bits not in NATIVE_BITS:
            raise NeedsFFmpeg(f"FLAC of {-frame.bits} bits", "FLAC")


def _parts(source: Source, frames: list[Frame]) -> list[Stretch]:
    """Cut where the form changes, or where the numbers do not go on (files that were joined)."""
    cuts = [0]
    for index in range(1, len(frames)):
        one, other = frames[index - 1], frames[index]
        if one.form != other.form or not _goes_on(one, other):
            cuts.append(index)
    if len(cuts) > MAX_LINKS:
        raise UnreadableAudio("too_many_parts", "The FLAC changes its form too often.")
    ends = [*cuts[1:], len(frames)]
    return [
        Stretch(source, frames[a:b], _end(source, frames, b))
        for a, b in zip(cuts, ends, strict=True)
    ]


def _goes_on(one: Frame, other: Frame) -> bool:
    """Whether nothing is missing between them, or no more than damage takes."""
    lost = other.number - one.next_number
    samples = lost if one.variable else lost * one.samples
    return one.variable == other.variable and 0 <= samples <= LONGEST_HOLE * one.rate


def _end(source: Source, frames: list[Frame], index: int) -> int:
    return frames[index].offset if index < len(frames) else source.size
