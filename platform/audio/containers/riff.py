"""WAV and its kin (RF64 and BW64 after EBU Tech 3306 and ITU-R BS.2088, RIFX, Sony's W64).

What a recorder could not go back to fill in is 0 or all ones; then the sound lasts to the end of
the file. Only the chunks that tell how to read it are passed on, with sizes that are true.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Literal

from audio.containers.link import Link, Walked
from audio.containers.mpeg import stream as mpeg
from audio.containers.refusal import UnreadableAudio, damaged, silent
from audio.containers.sniffing import W64
from audio.containers.source import Piece, Pieces, Source
from audio.speakers import Speakers, masked

_EXTENSIBLE = 0xFFFE
_GUID_TAIL = bytes.fromhex("000000001000800000aa00389b71")
_MPEG = {0x50, 0x55}
_PLAIN = {1, 2, 3, 6, 7, 0x11}  # PCM, MS ADPCM, float, A-law, µ-law, IMA ADPCM
_UNKNOWN_SIZES = {0, 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF}
_MOST_CHUNKS = 10_000
_LARGEST_FORMAT = 4_096


Order = Literal["little", "big"]  # of bytes: big in RIFX


@dataclass(frozen=True, slots=True)
class _Chunk:
    name: bytes
    start: int
    size: int


@dataclass(frozen=True, slots=True)
class _Wave:
    order: Order
    format: bytes
    fact: bytes
    data: _Chunk


def walk(source: Source, start: int, max_seconds: float) -> Walked:
    """The sound of the data chunk; raises `UnreadableAudio` or `AudioTooLong`."""
    wave = _w64(source, start) if source.read(start, 16) == W64 else _riff(source, start)
    tag = _tag(wave)
    if wave.data.size == 0:
        raise silent("WAV")
    if tag in _MPEG:
        end = wave.data.start + wave.data.size
        walked = mpeg.walk(source, wave.data.start, end, max_seconds)
        if walked is None:
            raise damaged("WAV")
        return Walked("WAV", walked.links)
    if tag not in _PLAIN:
        raise UnreadableAudio(
            "unsupported_format", f"WAV of the encoding 0x{tag:04X} is not taken."
        )
    return Walked("WAV", (_link(source, wave),))


def _riff(source: Source, start: int) -> _Wave:
    magic = source.read(start, 4)
    order: Order = "big" if magic == b"RIFX" else "little"
    format_ = fact = b""
    data: _Chunk | None = None
    long_size = 0
    for chunk in _chunks(source, start + 12, order):
        if chunk.name == b"ds64":
            long_size = int.from_bytes(source.read(chunk.start + 8, 8), "little")
        elif chunk.name == b"fmt " and not format_:
            format_ = source.read(chunk.start, min(chunk.size, _LARGEST_FORMAT))
        elif chunk.name == b"fact":
            fact = source.read(chunk.start, 4)
        elif chunk.name == b"data" and data is None:
            data = _Chunk(b"data", chunk.start, _data_size(source, chunk, long_size, order))
    return _whole(order, format_, fact, data)


def _chunks(source: Source, at: int, order: Order) -> Iterator[_Chunk]:
    for _ in range(_MOST_CHUNKS):
        head = source.read(at, 8)
        if len(head) < 8:
            return
        size = int.from_bytes(head[4:], order)
        yield _Chunk(head[:4], at + 8, size)
        if (
            head[:4] == b"data"
            and size in _UNKNOWN_SIZES
            and (size or not _is_chunk(source.read(at + 8, 4)))
        ):
            return
        at += 8 + size + (size & 1)
        if size & 1 and not _is_chunk(source.read(at, 4)) and _is_chunk(source.read(at - 1, 4)):
            at -= 1  # a writer that forgot the padding


def _data_size(source: Source, chunk: _Chunk, long_size: int, order: Order) -> int:
    left = max(0, source.size - chunk.start)
    if chunk.size == 0xFFFFFFFF and long_size not in _UNKNOWN_SIZES:
        return min(long_size, left)
    if chunk.size in _UNKNOWN_SIZES:
        # Empty and followed by chunks to the end is empty; followed by anything else, it streamed.
        return 0 if not chunk.size and _ends_in_chunks(source, chunk.start, order) else left
    return min(chunk.size, left)


def _ends_in_chunks(source: Source, at: int, order: Order) -> bool:
    for _ in range(_MOST_CHUNKS):
        if at >= source.size:
            return True
        head = source.read(at, 8)
        if len(head) < 8 or not _is_chunk(head[:4]):
            return False
        size = int.from_bytes(head[4:], order)
        at += 8 + size + (size & 1)
    return False


def _is_chunk(name: bytes) -> bool:
    return len(name) == 4 and all(0x20 <= byte < 0x7F for byte in name)


def _w64(source: Source, start: int) -> _Wave:
    """Sony's: names are GUIDs, sizes have 64 bits and count their own 24 bytes."""
    at, format_, fact = start + 40, b"", b""
    data: _Chunk | None = None
    for _ in range(_MOST_CHUNKS):
        head = source.read(at, 24)
        if len(head) < 24:
            break
        size, left = int.from_bytes(head[16:], "little"), source.size - at - 24
        if head[:4] == b"data":
            known = size not in _UNKNOWN_SIZES and size >= 24
            data = _Chunk(b"data", at + 24, min(size - 24, left) if known else left)
            break
        if head[:4] == b"fmt ":
            format_ = source.read(at + 24, min(max(0, size - 24), _LARGEST_FORMAT))
        elif head[:4] == b"fact":
            fact = source.read(at + 24, 4)
        at += max(24, size + 7 & ~7)
    return _whole("little", format_, fact, data)


def _whole(order: Order, format_: bytes, fact: bytes, data: _Chunk | None) -> _Wave:
    if len(format_) < 16:
        raise damaged("WAV")
    if data is None:
        raise silent("WAV")
    return _Wave(order, format_, fact, data)


def _tag(wave: _Wave) -> int:
    tag = int.from_bytes(wave.format[:2], wave.order)
    if tag == _EXTENSIBLE and len(wave.format) >= 40:
        return int.from_bytes(wave.format[24:26], wave.order)
    return tag


def _link(source: Source, wave: _Wave) -> Link:
    order = wave.order

    def chunk(name: bytes, size: int) -> bytes:
        return name + size.to_bytes(4, order)

    body = wave.format + bytes(len(wave.format) & 1)
    head = b"WAVE" + chunk(b"fmt ", len(wave.format)) + body
    if len(wave.fact) == 4:
        head += chunk(b"fact", 4) + wave.fact
    size = min(wave.data.size, 0xFFFFFF00)
    head += chunk(b"data", size)
    riff = chunk(b"RIFX" if order == "big" else b"RIFF", min(len(head) + size, 0xFFFFFFF0))
    pieces: list[Piece] = [riff + head, (wave.data.start, size)]
    channels, rate = (
        int.from_bytes(wave.format[2:4], order),
        int.from_bytes(wave.format[4:8], order),
    )
    speakers = _speakers(wave, channels)
    return Link(rate, channels, None, partial(Pieces, source, pieces), speakers=speakers)


def _speakers(wave: _Wave, channels: int) -> Speakers | None:
    if int.from_bytes(wave.format[:2], wave.order) != _EXTENSIBLE or len(wave.format) < 40:
        return None
    return masked(int.from_bytes(wave.format[20:24], wave.order), channels)
