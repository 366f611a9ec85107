"""FLAC's two CRCs (RFC 9639, sections 9.1.8 and 9.3), of one frame and of many at once."""

from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from audio.containers.source import Source

HEADER, FRAME = (0x07, 8), (0x8005, 16)
_BATCH = 4 << 20  # bytes


def crc(data: bytes, kind: tuple[int, int]) -> int:
    """`kind` is `HEADER` or `FRAME`."""
    table, (_, width) = _table(kind).tolist(), kind
    mask, value = (1 << width) - 1, 0
    for byte in data:
        value = value << 8 & mask ^ table[value >> (width - 8) ^ byte]
    return value


def whole(source: Source, offsets: Sequence[int], ends: Sequence[int]) -> list[bool]:
    """Of each frame whether its bytes end in the CRC of those before; 100 MB take a second."""
    found: list[bool] = []
    for first, last in _batches(offsets, ends):
        found += _batch(source, offsets[first:last], ends[first:last])
    return found


def _batches(offsets: Sequence[int], ends: Sequence[int]) -> Iterator[tuple[int, int]]:
    first = longest = 0
    for index, (offset, end) in enumerate(zip(offsets, ends, strict=True)):
        longest = max(longest, end - offset)
        if (index + 1 - first) * longest > _BATCH and index > first:
            yield first, index
            first, longest = index, end - offset
    if first < len(offsets):
        yield first, len(offsets)


def _batch(source: Source, offsets: Sequence[int], ends: Sequence[int]) -> list[bool]:
    longest = max(end - offset for offset, end in zip(offsets, ends, strict=True))
    # The CRC begins at 0, so zeros in front of a frame do not change it.
    rows = np.zeros((len(offsets), longest + longest % 2), dtype=np.uint8)
    for row, offset, end in zip(rows, offsets, ends, strict=True):
        data = source.read(offset, end - offset)
        row[len(row) - len(data) :] = np.frombuffer(data, dtype=np.uint8)
    words = np.ascontiguousarray(rows.view(">u2").T.astype(np.uint16))
    pairs = _pairs()
    state = np.zeros(len(offsets), dtype=np.uint16)
    for column in words:
        state = pairs[state ^ column]
    return [not rest for rest in state.tolist()]


@cache
def _pairs() -> NDArray[np.uint16]:
    """What two bytes make of a CRC-16 of 0."""
    table = _table(FRAME)
    both = np.arange(1 << 16)
    first = table[both >> 8]
    pairs: NDArray[np.int64] = first << 8 & 0xFFFF ^ table[first >> 8 ^ both & 0xFF]
    return pairs.astype(np.uint16)


@cache
def _table(kind: tuple[int, int]) -> NDArray[np.int64]:
    polynomial, width = kind
    top, mask = 1 << (width - 1), (1 << width) - 1
    rows: NDArray[np.int64] = np.arange(256) << (width - 8)
    for _ in range(8):
        rows = np.where(rows & top, rows << 1 ^ polynomial, rows << 1) & mask
    return rows
