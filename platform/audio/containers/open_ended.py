"""AIFF, CAF and AU: read by libsndfile as they are, but for a length that was never filled in."""

from functools import partial

from audio.containers.link import Link, Walked
from audio.containers.refusal import NeedsFFmpeg, damaged
from audio.containers.source import Piece, Pieces, Source

_MOST_CHUNKS = 10_000
_UNKNOWN = 0xFFFFFFFF
_FOR_FFMPEG = {b"aac ": "AAC in CAF", b"aach": "AAC in CAF"}


def walk_aiff(source: Source, start: int, _max_seconds: float) -> Walked:
    """libsndfile takes AIFF's sound to the end of the file, whatever its sizes say."""
    return _walked("AIFF", source, [(start, source.size - start)])


def walk_au(source: Source, start: int, _max_seconds: float) -> Walked:
    """A size of 0 where sound follows is one that is unknown, which is written as all ones."""
    head = source.read(start, 24)
    order = "big" if head[:4] == b".snd" else "little"
    if len(head) < 24:
        raise damaged("AU")
    offset, size = _number(head[4:8], order), _number(head[8:12], order)
    if size == 0 and start + offset < source.size:
        head = head[:8] + _UNKNOWN.to_bytes(4, "big") + head[12:]
    return _walked("AU", source, [head, (start + 24, source.size - start - 24)])


def walk_caf(source: Source, start: int, _max_seconds: float) -> Walked:
    """A size of -1 means "to the end" (Apple's specification); it and 0 are filled in."""
    at = start + 8
    for _ in range(_MOST_CHUNKS):
        head = source.read(at, 12)
        if len(head) < 12:
            break
        size = int.from_bytes(head[4:], "big", signed=True)
        left = source.size - at - 12
        if head[:4] == b"desc" and (codec := source.read(at + 20, 4)) in _FOR_FFMPEG:
            raise NeedsFFmpeg(_FOR_FFMPEG[codec], "CAF")
        if head[:4] == b"data":
            size = size if 0 < size <= left else left
            filled = b"data" + size.to_bytes(8, "big")
            pieces: list[Piece] = [(start, at - start), filled, (at + 12, left)]
            return _walked("CAF", source, pieces)
        if size < 0:
            break
        at += 12 + size
    return _walked("CAF", source, [(start, source.size - start)])


def _number(data: bytes, order: str) -> int:
    return int.from_bytes(data, "big" if order == "big" else "little")


def _walked(format_: str, source: Source, pieces: list[Piece]) -> Walked:
    # What it says of rate and channels is libsndfile's to read.
    return Walked(format_, (Link(0, 0, None, partial(Pieces, source, pieces)),))
