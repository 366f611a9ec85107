"""FLAC (RFC 9639): STREAMINFO written anew from the frames that are really there.

libsndfile refuses depths that are legal (12, 20 and 32 bits) and stops at the total that the
header claims, so it is given a header that says what the frames say. Pictures, cue sheets and
comments are left out; of these, the one that says which loudspeakers the channels are for is read.
"""

from bisect import bisect_right
from dataclasses import dataclass
from functools import partial
from itertools import accumulate

import numpy as np

from audio.containers import flac_metadata
from audio.containers.flac_frames import LONGEST, Headers, headers
from audio.containers.flac_metadata import Metadata
from audio.containers.link import MAX_LINKS, Link, Walked
from audio.containers.refusal import (
    AudioTooLong,
    NeedsFFmpeg,
    UnreadableAudio,
    damaged,
    silent,
)
from audio.containers.source import BLOCK, Piece, Pieces, Source
from audio.speakers import Speakers, masked

_STREAMINFO = 34
_NATIVE_BITS = {8, 16, 24}
_MAX_FRAMES = 1_000_000  # half an hour of the shortest blocks that encoders write


@dataclass(frozen=True, slots=True)
class _Frame:
    offset: int
    number: int
    samples: int
    variable: bool
    rate: int
    channels: int
    bits: int

    @property
    def next_number(self) -> int:
        return self.number + (self.samples if self.variable else 1)

    @property
    def form(self) -> tuple[int, int, int]:
        return self.rate, self.channels, self.bits


def walk(source: Source, start: int, max_seconds: float) -> Walked:
    """The stretches of the stream whose `fLaC` stands at `start`.

    Raises `UnreadableAudio`, `AudioTooLong`, and `NeedsFFmpeg` for a depth that no frame header
    can say (such as 15 bits).
    """
    said = flac_metadata.read(source, start)
    frames = _chained(_frames(source, said, max_seconds))
    if not frames:
        raise silent("FLAC") if said.first >= source.size else damaged("FLAC")
    _refuse_unreadable_depths(frames)
    return Walked("FLAC", tuple(_links(source, frames, said.channel_mask)))


def _frames(source: Source, said: Metadata, max_seconds: float) -> list[_Frame]:
    found: list[_Frame] = []
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


def _rows(batch: Headers, base: int, said: Metadata) -> list[_Frame]:
    rate = np.where(batch.rate > 0, batch.rate, said.rate)
    # STREAMINFO's own depth is marked by its sign: no frame header says it.
    bits = np.where(batch.bits > 0, batch.bits, -said.bits)
    columns = (batch.offset + base, batch.number, batch.samples, batch.variable)
    rows = zip(*(c.tolist() for c in (*columns, rate, batch.channels, bits)), strict=True)
    return [_Frame(*row) for row in rows if row[4] > 0 and row[6] != 0]


def _chained(frames: list[_Frame]) -> list[_Frame]:
    """The frames whose number follows from the last one's, or leads to the next one's."""
    if len(frames) == 1:
        return frames
    chained: list[_Frame] = []
    expected = -1
    for index, frame in enumerate(frames):
        if frame.number == expected or any(
            after.number == frame.next_number for after in frames[index + 1 : index + 4]
        ):
            chained.append(frame)
            expected = frame.next_number
    return chained


def _refuse_unreadable_depths(frames: list[_Frame]) -> None:
    for frame in frames:
        if frame.bits < 0 and -frame.bits not in _NATIVE_BITS:
            raise NeedsFFmpeg(f"FLAC of {-frame.bits} bits", "FLAC")


def _links(source: Source, frames: list[_Frame], mask: int) -> list[Link]:
    """Cut where the form changes, or where the numbers begin again (files that were joined)."""
    cuts = [0]
    for index in range(1, len(frames)):
        one, other = frames[index - 1], frames[index]
        if one.form != other.form or other.number < one.next_number:
            cuts.append(index)
    if len(cuts) > MAX_LINKS:
        raise UnreadableAudio("too_many_parts", "The FLAC changes its form too often.")
    ends = [*cuts[1:], len(frames)]
    return [
        _link(source, frames[a:b], _end(source, frames, b), masked(mask, frames[a].channels))
        for a, b in zip(cuts, ends, strict=True)
    ]


def _end(source: Source, frames: list[_Frame], index: int) -> int:
    return frames[index].offset if index < len(frames) else source.size


def _link(source: Source, frames: list[_Frame], end: int, speakers: Speakers | None = None) -> Link:
    first = frames[0]
    total = sum(frame.samples for frame in frames)
    head = _header(frames, total)
    pieces: list[Piece] = [head, (first.offset, end - first.offset)]
    return Link(
        first.rate,
        first.channels,
        total,
        partial(Pieces, source, pieces),
        integers=abs(first.bits) == 32,
        resume=partial(_resumed, source, frames, end),
        speakers=speakers,
    )


def _resumed(source: Source, frames: list[_Frame], end: int, given: int) -> tuple[int, Link] | None:
    """Behind the frame that could not be decoded; None where it was the last."""
    starts = list(accumulate((frame.samples for frame in frames), initial=0))
    index = bisect_right(starts, given)
    if index >= len(frames):
        return None
    return starts[index] - given, _link(source, frames[index:], end)


def _header(frames: list[_Frame], total: int) -> bytes:
    first = frames[0]
    sizes = [frame.samples for frame in frames[:-1]] or [first.samples]
    bits = abs(first.bits) if abs(first.bits) in _NATIVE_BITS else 24
    word = first.rate << 44 | (first.channels - 1) << 41 | (bits - 1) << 36 | total
    blocks = max(16, min(sizes)) << 16 | max(16, *sizes)
    body = blocks.to_bytes(4, "big") + bytes(6) + word.to_bytes(8, "big") + bytes(16)
    return b"fLaC\x80" + _STREAMINFO.to_bytes(3, "big") + body
