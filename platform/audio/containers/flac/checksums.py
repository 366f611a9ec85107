"""FLAC's two CRCs (RFC 9639, sections 9.1.8 and 9.3): of frames side by side, and of a file.

A span of bytes ends in the CRC-16 of those before where the CRC over all of it is 0. Each byte adds
to a CRC by its distance from the end. Counted from the front instead (one can divide by x, whose
powers come again after 32,767) the sum up to every place is one running XOR, and a span is whole
where the sum is the same at both of its ends.
"""

from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from audio.containers.flac.frames import Ints
from audio.containers.source import Source

HEADER, FRAME = (0x07, 8), (0x8005, 16)
_ORDER = 32_767  # of x modulo FRAME, which is (x + 1)(x^15 + x + 1)
_BLOCK = 8 * _ORDER  # bytes


def crc(columns: Sequence[Ints], kind: tuple[int, int]) -> Ints:
    """Of many rows of bytes; `kind` is `HEADER` or `FRAME`."""
    table, (_, width) = _table(kind), kind
    value = np.zeros_like(columns[0])
    for column in columns:
        value = value << 8 & (1 << width) - 1 ^ table[value >> (width - 8) ^ column]
    return value


def whole(source: Source, bounds: Sequence[int]) -> list[bool]:
    """Of each span from one offset to the next whether it is whole; 100 MB take two seconds.

    The cost is that of the bytes, however they are divided.
    """
    places = np.array(bounds)
    sums = np.zeros(len(places), dtype=np.uint16)
    for start, running in _running(source, bounds[0], bounds[-1]):
        first, last = np.searchsorted(places, (start, start + len(running)))
        sums[first:last] = running[places[first:last] - start]
    found: list[bool] = (sums[:-1] == sums[1:]).tolist()
    return found


def closed(source: Source, start: int, end: int) -> int | None:
    """The first offset up to `end` at which the span from `start` is whole, true or by chance."""
    for at, running in _running(source, start, end):
        found = np.flatnonzero(running[1:] == 0)
        if len(found):
            return at + 1 + int(found[0])
    return None


def _running(source: Source, start: int, end: int) -> Iterator[tuple[int, NDArray[np.uint16]]]:
    """The sums at `start` (0) and behind each byte, block by block, with the last one again."""
    sums, table, rows = np.zeros(1, dtype=np.uint16), _nibbles(), _rows()
    for at in range(start, end, _BLOCK):
        data = np.frombuffer(source.read(at, min(_BLOCK, end - at)), dtype=np.uint8)
        nibbles = np.stack([data >> 4, data & 15], axis=1).ravel()
        terms = np.concatenate([sums[-1:], table[rows[: len(nibbles)] | nibbles]])
        sums = np.bitwise_xor.accumulate(terms)[::2]
        yield at, sums


@cache
def _rows() -> Ints:
    """Where in the table each nibble of a block looks; a block is a whole number of turns."""
    return np.arange(2 * _BLOCK) % _ORDER << 4


@cache
def _nibbles() -> NDArray[np.uint16]:
    """What `index & 15` adds, standing `index >> 4` nibbles from the front."""
    powers = np.ones(_ORDER, dtype=np.int64)
    for index in range(1, _ORDER):
        double = int(powers[index - 1]) << 1
        powers[index] = double ^ 0x18005 if double >> 16 else double
    bits = powers[(np.arange(4) - 4 * np.arange(_ORDER)[:, None]) % _ORDER]
    chosen = np.arange(16)[:, None] >> np.arange(4) & 1
    sums: Ints = np.bitwise_xor.reduce(bits[:, None] * chosen, axis=2)
    return sums.astype(np.uint16).ravel()


@cache
def _table(kind: tuple[int, int]) -> Ints:
    polynomial, width = kind
    top, mask = 1 << (width - 1), (1 << width) - 1
    rows: Ints = np.arange(256) << (width - 8)
    for _ in range(8):
        rows = np.where(rows & top, rows << 1 ^ polynomial, rows << 1) & mask
    return rows
