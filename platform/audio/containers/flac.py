"""FLAC (RFC 9639): STREAMINFO written anew from the frames that are really there.

libsndfile refuses depths that are legal (12, 20 and 32 bits) and stops at the total that the
header claims, so it is given a header that says what the frames say. Pictures, cue sheets and
comments are left out: nothing reads them here.
"""

from bisect import bisect_right
from dataclasses import dataclass
from functools import partial
from itertools import accumulate

import numpy as np

from audio.containers.flac_frames import LONGEST, Headers, headers
from audio.containers.link import MAX_LINKS, Link, Walked
from audio.containers.refusal import (
    AudioTooLong,
    NeedsFFmpeg,
    UnreadableAudio,
    damaged,
    silent,
)
from audio.containers.source import BLOCK, Piece, Pieces, Source

_STREAMINFO = 34
_NATIVE_BITS = {8, 16, 24}
_MOST_BLOCKS = 1_000  # of metadata
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


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """The claims of the one metadata block that matters; 0 where nothing was said."""

    rate: int = 0
    bits: int = 0

    @classmethod
    def of(cls, body: bytes) -> "StreamInfo":
        """`body` is the block's; a short one says nothing."""
        word = int.from_bytes(body[10:18], "big") if len(body) >= 18 else 0
        return cls(word >> 44, (word >> 36 & 31) + 1) if word else cls()


def walk(source: Source, start: int, max_seconds: float) -> Walked:
    """The stretches of the stream whose `fLaC` stands at `start`.

    Raises `UnreadableAudio`, `AudioTooLong`, and `NeedsFFmpeg` for a depth that no frame header
    can say (such as 15 bits).
    """
    info, first = _metadata(source, start)
    frames = _chained(_frames(source, first, info, max_seconds))
    if not frames:
        raise silent("FLAC") if first >= source.size else damaged("FLAC")
    _refuse_unreadable_depths(frames)
    return Walked("FLAC", tuple(_links(source, frames)))


def _metadata(source: Source, start: int) -> tuple[StreamInfo, int]:
    """STREAMINFO, wherever it stands among the blocks, and the offset behind it.

    Frames are looked for from there: the length of a later block may be wrong.
    """
    at = start + 4
    for _ in range(_MOST_BLOCKS):
        head = source.read(at, 4)
        if len(head) < 4:
            break
        length = int.from_bytes(head[1:], "big")
        if head[0] & 0x7F == 0:
            return StreamInfo.of(source.read(at + 4, _STREAMINFO)), at + 4 + length
        if head[0] & 0x80 or head[0] == 0xFF:
            break
        at += 4 + length
    return StreamInfo(), start + 4


def _frames(source: Source, start: int, info: StreamInfo, max_seconds: float) -> list[_Frame]:
    found: list[_Frame] = []
    seconds = 0.0
    for at in range(start, source.size, BLOCK):
        batch = headers(source.read(at, BLOCK + LONGEST), BLOCK)
        if len(found) + len(batch.offset) > _MAX_FRAMES:
            raise UnreadableAudio("too_many_parts", "The FLAC file has over a million frames.")
        new = _rows(batch, at, info)
        found += new
        seconds += sum(frame.samples / frame.rate for frame in new)
        # False headers are some 16 in 128 MiB; the exact length is told by the chain of true ones.
        if seconds > 2 * max_seconds + 60:
            raise AudioTooLong(max_seconds)
    return found


def _rows(batch: Headers, base: int, info: StreamInfo) -> list[_Frame]:
    rate = np.where(batch.rate > 0, batch.rate, info.rate)
    # STREAMINFO's own depth is marked by its sign: no frame header says it.
    bits = np.where(batch.bits > 0, batch.bits, -info.bits)
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


def _links(source: Source, frames: list[_Frame]) -> list[Link]:
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
        _link(source, frames[a:b], _end(source, frames, b)) for a, b in zip(cuts, ends, strict=True)
    ]


def _end(source: Source, frames: list[_Frame], index: int) -> int:
    return frames[index].offset if index < len(frames) else source.size


def _link(source: Source, frames: list[_Frame], end: int) -> Link:
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
