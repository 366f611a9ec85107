"""FLAC: the frames that are really there, in the order of their numbers.

libsndfile refuses depths that are legal (12, 20 and 32 bits), stops at the total that the header
claims and gives up at damage, so it is given stretches of whole frames under a header that says
what they say. Pictures, cue sheets and comments are left out; of these, the one that says which
loudspeakers the channels are for is read.
"""

from dataclasses import replace
from itertools import pairwise

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
    parts[0] = _from_the_start(parts[0], said.total)
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
    """The frames whose number follows from the last one's, or leads to one of the next ones'.

    One that stands alone between lost ones is taken where it goes on from the last and one of the
    next goes on from it.
    """
    if len(frames) == 1:
        return frames
    chained: list[Frame] = []
    expected = -1
    for index, frame in enumerate(frames):
        if frame.number != expected:
            later = frames[index + 1 : index + 4]
            leads = any(after.number == frame.next_number for after in later)
            if not leads and not (
                (not chained or _goes_on(chained[-1], frame))
                and (not later or any(_goes_on(frame, after) for after in later))
            ):
                continue
        chained.append(frame)
        expected = frame.next_number
    return chained


def _refuse_unreadable_depths(frames: list[Frame]) -> None:
    for frame in frames:
        if frame.bits < 0 and -frame.bits not in NATIVE_BITS:
            raise NeedsFFmpeg(f"FLAC of {-frame.bits} bits", "FLAC")


def _parts(source: Source, frames: list[Frame]) -> list[Stretch]:
    """Cut where the form changes, or where the numbers do not go on (files that were joined)."""
    cuts = [0, *(at + 1 for at, pair in enumerate(pairwise(frames)) if not _goes_on(*pair))]
    if len(cuts) > MAX_LINKS:
        raise UnreadableAudio("too_many_parts", "The FLAC changes its form too often.")
    ends = [*cuts[1:], len(frames)]
    return [
        Stretch(source, frames[a:b], _end(source, frames, b))
        for a, b in zip(cuts, ends, strict=True)
    ]


def _from_the_start(part: Stretch, total: int) -> Stretch:
    """With silence for the frames before the first, where the header's total has room for them.

    A recording of a broadcast, or one that was cut, begins at any number, and no total of a whole
    one stands before it.
    """
    first = part.frames[0]
    before = first.number * (1 if first.variable else first.samples)
    if not 0 < before <= LONGEST_HOLE * first.rate or before + part.samples > total:
        return part
    lost = replace(first, number=0, samples=min(first.samples, before))
    return replace(part, frames=[lost, *part.frames], spoilt=frozenset({0}))


def _goes_on(one: Frame, other: Frame) -> bool:
    """Whether they are of one form and no more is missing between them than damage takes."""
    lost = other.number - one.next_number
    samples = lost if one.variable else lost * one.samples
    return one.form == other.form and 0 <= samples <= LONGEST_HOLE * one.rate


def _end(source: Source, frames: list[Frame], index: int) -> int:
    return frames[index].offset if index < len(frames) else source.size
