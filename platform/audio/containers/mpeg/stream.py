"""MPEG audio (MP3 and its elder layers): every frame counted, whatever Xing, LAME or VBRI say.

mpg123 guesses how long a stream is that does not say, so it is always told what was counted.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from audio.containers import id3
from audio.containers.link import MAX_LINKS, Link, Walked
from audio.containers.mpeg.frames import LENGTHS, Frame, frame
from audio.containers.mpeg.tag import Tag, tag_frame
from audio.containers.refusal import AudioTooLong, UnreadableAudio
from audio.containers.source import BLOCK, Piece, Pieces, Source

MAX_JUNK = 8 << 20  # in all, and zeros not counted
MAX_BREAKS = 1_000  # where something else stands between frames: every one costs a search
_SEARCHED = 4 << 10  # at first; twice as much each time, up to a block
_LOOKAHEAD = 8_192  # behind it: two frames of the longest, and a header
_DECODER_DELAY = 529  # samples that mpg123 takes off the front where a tag names no others
_ZEROS = bytes(1 << 16)


@dataclass(slots=True)
class _Stretch:
    """Frames of one kind, rate and count of channels, and where they lie."""

    first: Frame
    head: bytes
    frames: int = 0
    ranges: list[tuple[int, int]] = field(default_factory=list)

    def add(self, offset: int, length: int) -> None:
        self.frames += 1
        if self.ranges and sum(self.ranges[-1]) == offset:
            self.ranges[-1] = (self.ranges[-1][0], self.ranges[-1][1] + length)
        else:
            self.ranges.append((offset, length))


def walk(source: Source, start: int, end: int, max_seconds: float) -> Walked | None:
    """The stretches between two offsets; None where nothing in reach is MPEG audio.

    Raises `AudioTooLong`, and `UnreadableAudio` for a stream that is broken, or changes its form,
    all the time.
    """
    stretches = _stretches(source, start, end, max_seconds)
    links = tuple(_link(source, stretch) for stretch in stretches)
    return Walked("MP3", links) if links else None


def _stretches(source: Source, start: int, end: int, max_seconds: float) -> list[_Stretch]:
    found: list[_Stretch] = []
    seconds, junk, free, breaks = 0.0, 0, 0, 0
    block, base = b"", start
    at = _first(source, start, end)
    while at is not None and at + 4 <= end:
        if at + 4 > base + len(block) or at < base:
            block, base = source.read(at, BLOCK), at
        head = block[at - base : at - base + 4]
        here = frame(head)
        if here is not None and not here.length:
            free = free or _free_length(source, at, end, here)
        length = here.length or (free and free + here.padding) if here else 0
        if here is None or not length:
            breaks += 1
            if breaks > MAX_BREAKS:
                raise UnreadableAudio("too_many_parts", "The MP3 is broken too often.")
            after = id3.past(source, at) or _search(source, at + 1, end)
            junk += (after or end) - at
            at = after if junk <= MAX_JUNK else None
            continue
        if at + length > end:  # cut short: the decoder gives nothing for it
            break
        if not found or _differs(found[-1].first, here):
            if len(found) == MAX_LINKS:
                raise UnreadableAudio("too_many_parts", "The MP3 changes its form too often.")
            found.append(_Stretch(here, head))
        found[-1].add(at, length)
        seconds += here.samples / here.rate
        if seconds > max_seconds + 0.1:  # encoders pad by up to a tenth, which is trimmed
            raise AudioTooLong(max_seconds)
        at += length
    return found


def _differs(one: Frame, other: Frame) -> bool:
    return (one.rate, one.channels, one.kind) != (other.rate, other.channels, other.kind)


def _first(source: Source, start: int, end: int) -> int | None:
    """Where the first frame stands: at the start if it is one, else behind zeros or junk."""
    start = _past_zeros(source, start, end)
    here = frame(source.read(start, 4))
    if here and (not here.length or _goes_on(source, start + here.length, end, here)):
        return start
    return _search(source, start, min(end, start + BLOCK))


def _past_zeros(source: Source, start: int, end: int) -> int:
    while start < end:
        block = np.frombuffer(source.read(start, min(BLOCK, end - start)), dtype=np.uint8)
        filled = np.flatnonzero(block)
        if len(filled):
            return start + int(filled[0])
        start += len(block)
    return end


def _goes_on(source: Source, at: int, end: int, before: Frame) -> bool:
    """Whether the next frame, a tag or the end follows."""
    if at >= end - 4 or source.read(at, 3) in {b"TAG", b"ID3", b"APE"}:
        return True
    after = frame(source.read(at, 4))
    return after is not None and after.kind == before.kind


def _search(source: Source, start: int, end: int) -> int | None:
    """The next frame that two more of its kind follow; at most `MAX_JUNK` bytes are looked at."""
    end_of_search = min(end, start + MAX_JUNK)
    window = _SEARCHED
    while start < end_of_search:
        found = _search_block(source.read(start, min(window, end_of_search - start) + _LOOKAHEAD))
        if found is not None:
            return start + found
        start += window
        window = min(2 * window, BLOCK)
    return None


def _search_block(block: bytes) -> int | None:
    data = np.frombuffer(block, dtype=np.uint8)
    if len(data) < 8:
        return None
    origin = at = np.flatnonzero(data[:-3] == 0xFF)
    kind = data[at + 1] & 0xFE
    for _ in range(2):
        length = _lengths_at(data, at)
        good = (length > 0) & (at + length + 3 < len(data))
        origin, at, kind = origin[good], (at + length)[good], kind[good]
        alike = (data[at] == 0xFF) & (data[at + 1] & 0xFE == kind)
        origin, at, kind = origin[alike], at[alike], kind[alike]
    chained = origin[_lengths_at(data, at) > 0]
    return int(chained[0]) if len(chained) else None


def _lengths_at(data: NDArray[np.uint8], at: NDArray[np.int64]) -> NDArray[np.int32]:
    lengths: NDArray[np.int32] = LENGTHS[data[at + 1].astype(np.int32) << 8 | data[at + 2]]
    return lengths


def _free_length(source: Source, at: int, end: int, here: Frame) -> int:
    """The length of unpadded frames in the free format: the way to the next header alike."""
    block = source.read(at, min(8_192, end - at))
    position = block.find(block[:2], 24)
    while position >= 0:
        after = frame(block[position : position + 4])
        if after and not after.length and not _differs(after, here):
            return position - here.padding
        position = block.find(block[:2], position + 1)
    return 0


def _link(source: Source, stretch: _Stretch) -> Link:
    first, start = stretch.first, stretch.ranges[0][0]
    tag = Tag.of(source.read(start, first.length or 0), first)
    ranges, frames = list(stretch.ranges), stretch.frames
    if tag is not None:
        frames -= 1
        ranges[0] = (ranges[0][0] + first.length, ranges[0][1] - first.length)
    skipped, padding = (tag.skipped, tag.padding) if tag else (0, 0)
    pieces: list[Piece] = [tag_frame(stretch.head, frames, skipped, padding), *ranges]
    if first.kind & 3 != 3:
        pieces += _padding(stretch)
    trimmed = skipped + padding or (_DECODER_DELAY if first.kind & 3 == 3 else 0)
    counted = max(0, frames * first.samples - trimmed)
    return Link(first.rate, first.channels, counted, lambda: Pieces(source, pieces))


def _padding(stretch: _Stretch) -> list[Piece]:
    """Zeros behind the sound: no tag counts the frames of the elder layers, and mpg123 divides
    the file's size by its first frame's. Too long a guess is harmless, too short a one is not.
    """
    size = sum(length for _, length in stretch.ranges)
    missing = stretch.frames * stretch.first.length - size
    return [_ZEROS] * -(-missing // len(_ZEROS)) if missing > stretch.first.length else []
