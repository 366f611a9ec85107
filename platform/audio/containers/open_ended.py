"""AIFF, CAF and AU: read by libsndfile as they are, but for a length that was never filled in."""

from collections.abc import Iterator
from functools import partial
from typing import Literal

from audio.containers import layouts
from audio.containers.link import Link, Walked
from audio.containers.refusal import NeedsFFmpeg, damaged
from audio.containers.source import Piece, Pieces, Source
from audio.speakers import Speakers

_MOST_CHUNKS = 10_000
_LARGEST_LAYOUT = 4_096
_UNKNOWN = 0xFFFFFFFF
_FOR_FFMPEG = {b"aac ": "AAC in CAF", b"aach": "AAC in CAF"}


def walk_aiff(source: Source, start: int, _max_seconds: float) -> Walked:
    """libsndfile takes AIFF's sound to the end of the file, whatever its sizes say."""
    chunks = dict(_aiff_chunks(source, start + 12))
    channels = int.from_bytes(chunks.get(b"COMM", b"")[:2], "big")
    speakers = layouts.core_audio(chunks.get(b"CHAN", b""), channels)
    return _walked("AIFF", source, [(start, source.size - start)], speakers)


def _aiff_chunks(source: Source, at: int) -> Iterator[tuple[bytes, bytes]]:
    """The small chunks that describe the sound, wherever they stand."""
    for _ in range(_MOST_CHUNKS):
        head = source.read(at, 8)
        if len(head) < 8:
            return
        size = int.from_bytes(head[4:], "big")
        if head[:4] in {b"COMM", b"CHAN"}:
            yield head[:4], source.read(at + 8, min(size, _LARGEST_LAYOUT))
        at += 8 + size + (size & 1)


def walk_au(source: Source, start: int, _max_seconds: float) -> Walked:
    """A size of 0 where sound follows is one that is unknown, which is written as all ones."""
    head = source.read(start, 24)
    order: Literal["big", "little"] = "big" if head[:4] == b".snd" else "little"
    if len(head) < 24:
        raise damaged("AU")
    offset, size = int.from_bytes(head[4:8], order), int.from_bytes(head[8:12], order)
    if size == 0 and start + offset < source.size:
        head = head[:8] + _UNKNOWN.to_bytes(4, "big") + head[12:]
    return _walked("AU", source, [head, (start + 24, source.size - start - 24)])


def walk_caf(source: Source, start: int, _max_seconds: float) -> Walked:
    """A size of -1 means "to the end" (Apple's specification); it and 0 are filled in."""
    at, codec, channels, layout = start + 8, b"", 0, b""
    for _ in range(_MOST_CHUNKS):
        head = source.read(at, 12)
        if len(head) < 12:
            break
        size = int.from_bytes(head[4:], "big", signed=True)
        left = source.size - at - 12
        if head[:4] == b"desc":
            codec = source.read(at + 20, 4)
            if codec in _FOR_FFMPEG:
                raise NeedsFFmpeg(_FOR_FFMPEG[codec], "CAF")
            channels = int.from_bytes(source.read(at + 36, 4), "big")
        if head[:4] == b"chan" and size > 0:
            layout = source.read(at + 12, min(size, _LARGEST_LAYOUT))
        if head[:4] == b"data":
            size = size if 0 < size <= left else left
            filled = b"data" + size.to_bytes(8, "big")
            pieces: list[Piece] = [(start, at - start), filled, (at + 12, left)]
            speakers = layouts.core_audio(layout, channels)
            if speakers is None and codec == b"alac":
                speakers = layouts.alac(channels)
            return _walked("CAF", source, pieces, speakers)
        if size < 0:
            break
        at += 12 + size
    return _walked("CAF", source, [(start, source.size - start)])


def _walked(
    format_: str, source: Source, pieces: list[Piece], speakers: Speakers | None = None
) -> Walked:
    # What it says of rate and channels is libsndfile's to read.
    return Walked(format_, (Link(0, 0, None, partial(Pieces, source, pieces), speakers=speakers),))
