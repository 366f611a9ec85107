"""MPEG audio (MP3 and its elder layers): every frame counted, whatever Xing, LAME or VBRI say.

Frame headers after ISO/IEC 11172-3 and 13818-3; the tag of Xing and LAME, which says how many
samples to trim at either end, after its authors' description. mpg123 believes a frame count and
guesses without one, so it is always given the one that was counted.
"""

import struct
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from audio.containers.link import MAX_LINKS, Link, Walked
from audio.containers.refusal import AudioTooLong, UnreadableAudio
from audio.containers.source import BLOCK, Piece, Pieces, Source

MAX_JUNK = 8 << 20  # in all, and zeros not counted
MAX_BREAKS = 1_000  # where something else stands between frames: every one costs a search
_SEARCHED = 4 << 10  # at first; twice as much each time, up to a block
_LOOKAHEAD = 8_192  # behind it: two frames of the longest, and a header
_DECODER_DELAY = 529  # samples that mpg123 takes off the front where a tag names no others
_ZEROS = bytes(1 << 16)
_RATES = ((11_025, 12_000, 8_000), (), (22_050, 24_000, 16_000), (44_100, 48_000, 32_000))
_LAYER_1 = (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448)
_LAYER_2 = (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384)
_LAYER_3 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_LOW_1 = (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256)
_LOW_23 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)


@dataclass(frozen=True, slots=True)
class Frame:
    """What four bytes say: `length` 0 is the free format, whose frames are as long as they are."""

    length: int
    samples: int
    rate: int
    channels: int
    kind: int  # version and layer: what a stream never changes in the middle
    padding: int


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


@lru_cache(maxsize=4096)
def frame(head: bytes) -> Frame | None:
    """The frame that four bytes begin, or None."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    version, layer = head[1] >> 3 & 3, 4 - (head[1] >> 1 & 3)
    bitrate, rate = head[2] >> 4, head[2] >> 2 & 3
    if version == 1 or layer == 4 or bitrate == 15 or rate == 3:
        return None
    hertz, padding, low = _RATES[version][rate], head[2] >> 1 & 1, version != 3
    table = (_LOW_1 if low else _LAYER_1) if layer == 1 else _LOW_23 if low else _by_layer(layer)
    samples = 384 if layer == 1 else 576 if layer == 3 and low else 1_152
    slot = 4 if layer == 1 else 1
    length = (samples // 8 // slot * table[bitrate] * 1_000 // hertz + padding) * slot
    channels = 1 if head[3] >> 6 == 3 else 2
    return Frame(
        length if bitrate else 0, samples, hertz, channels, version << 2 | layer, padding * slot
    )


def _by_layer(layer: int) -> tuple[int, ...]:
    return _LAYER_2 if layer == 2 else _LAYER_3


def _lengths() -> NDArray[np.int32]:
    """The frame length by the second and third byte; 0 where they begin no frame."""
    table = np.zeros(1 << 16, dtype=np.int32)
    for second in range(0xE0, 0x100):
        for third in range(0x100):
            found = frame(bytes((0xFF, second, third, 0)))
            table[second << 8 | third] = found.length if found else 0
    return table


_LENGTHS = _lengths()


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
            after = _past_tag(source, at) or _search(source, at + 1, end)
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


def _past_tag(source: Source, at: int) -> int | None:
    """Behind a tag in the middle, as files that were joined have them."""
    head = source.read(at, 10)
    if head[:3] == b"ID3" and len(head) == 10 and max(head[6:10]) < 0x80:
        size = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
        return at + 10 + size
    return at + 128 if head[:3] == b"TAG" else None


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
    lengths: NDArray[np.int32] = _LENGTHS[data[at + 1].astype(np.int32) << 8 | data[at + 2]]
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
    tag = _Tag.of(source.read(start, first.length or 0), first)
    ranges, frames = list(stretch.ranges), stretch.frames
    if tag is not None:
        frames -= 1
        ranges[0] = (ranges[0][0] + first.length, ranges[0][1] - first.length)
    skipped, padding = (tag.skipped, tag.padding) if tag else (0, 0)
    pieces: list[Piece] = [_tag_frame(stretch.head, frames, skipped, padding), *ranges]
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


@dataclass(frozen=True, slots=True)
class _Tag:
    skipped: int
    padding: int

    @classmethod
    def of(cls, data: bytes, first: Frame) -> "_Tag | None":
        """The Xing, Info or VBRI tag that fills a frame; trimmed samples are LAME's word."""
        if data[36:40] == b"VBRI":
            return cls(0, 0)
        offset = _tag_offset(first)
        if data[offset : offset + 4] not in {b"Xing", b"Info"}:
            return None
        flags = int.from_bytes(data[offset + 4 : offset + 8], "big")
        lame = offset + 8 + 4 * (flags & 1) + 4 * (flags >> 1 & 1)
        lame += 100 * (flags >> 2 & 1) + 4 * (flags >> 3 & 1)
        if data[lame : lame + 4] not in {b"LAME", b"Lavf", b"Lavc"}:
            return cls(0, 0)
        trims = int.from_bytes(data[lame + 21 : lame + 24], "big")
        return cls(trims >> 12, trims & 0xFFF)


def _tag_offset(first: Frame) -> int:
    """Behind the side information of layer III."""
    if first.kind >> 2 == 3:
        return 4 + (17 if first.channels == 1 else 32)
    return 4 + (9 if first.channels == 1 else 17)


def _tag_frame(head: bytes, frames: int, skipped: int, padding: int) -> bytes:
    """A frame of layer III that says how many frames follow; other layers have no such thing."""
    first = frame(head)
    if first is None or first.kind & 3 != 3:
        return b""
    # Bits 9 to 12 of 14: long enough for the tag at every rate, no CRC, no padding.
    roomy = bytes((0xFF, head[1] | 1, 0xC0 | head[2] & 0x0C, head[3]))
    body = bytearray(_LENGTHS[roomy[1] << 8 | roomy[2]])
    body[:4] = roomy
    offset = _tag_offset(first)
    body[offset : offset + 12] = b"Xing" + struct.pack(">II", 1, frames)
    if skipped or padding:
        body[offset + 12 : offset + 16] = b"LAME"
        trims = skipped << 12 | padding
        body[offset + 12 + 21 : offset + 12 + 24] = trims.to_bytes(3, "big")
    return bytes(body)
