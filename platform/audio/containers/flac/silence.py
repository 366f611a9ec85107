"""Frames of silence for the place of lost ones, so that what follows keeps its time."""

from collections.abc import Sequence

import numpy as np

from audio.containers.flac.checksums import FRAME, HEADER, crc
from audio.containers.flac.frames import Frame, Ints
from audio.containers.refusal import UnreadableAudio

MOST = 100_000  # frames; of 4,096 samples two hours, of 192 five minutes
Place = tuple[int, int]  # the number of a frame, and its samples
_CODES = {8: 1, 12: 2, 16: 4, 20: 5, 24: 6, 32: 7}
_VARIABLE = 4_096  # samples of each where frames need not be of one size
# The first number of two bytes in UTF-8's manner, of three, and on to seven.
_LONGER = np.array([1 << bits for bits in (7, 11, 16, 21, 26, 31)])


def refuse_beyond_most(count: int) -> None:
    """Of those missing in a file, and again of those missing or spoilt in a stretch of it."""
    if count > MOST:
        raise UnreadableAudio("too_many_parts", "Too much of the FLAC is missing or damaged.")


def missing(before: Frame, after: Frame) -> Place:
    """Silent frames that it takes between two, and their samples."""
    numbers = after.number - before.next_number
    if before.variable:
        return -(-numbers // _VARIABLE), numbers
    return numbers, numbers * before.samples


def between(before: Frame, after: Frame) -> list[Place]:
    """Those that are missing between two."""
    if before.variable:
        numbers = range(before.next_number, after.number, _VARIABLE)
        return [(number, min(_VARIABLE, after.number - number)) for number in numbers]
    return [(number, before.samples) for number in range(before.next_number, after.number)]


def frames(places: Sequence[Place], like: Frame) -> list[bytes]:
    """A silent frame for each place, in the order of their numbers; 100,000 take a tenth second."""
    numbers, samples = np.array(places, dtype=np.int64).reshape(-1, 2).T
    lengths = 1 + np.searchsorted(_LONGER, numbers, side="right")
    found: list[bytes] = []
    for length in np.unique(lengths).tolist():
        chosen = lengths == length
        found += _of_one_length(numbers[chosen], samples[chosen], length, like)
    return found


def _of_one_length(numbers: Ints, samples: Ints, length: int, like: Frame) -> list[bytes]:
    """RFC 9639, sections 9.1 and 9.2: size in 16 bits, the rate that STREAMINFO says."""
    bits = abs(like.bits)
    head = (0xFF, 0xF8 | like.variable, 0x70, (like.channels - 1) << 4 | _CODES[bits] << 1)
    columns = [np.full_like(numbers, byte) for byte in head] + _coded(numbers, length)
    columns += [(samples - 1) >> 8, (samples - 1) & 0xFF]
    columns.append(crc(columns, HEADER))
    # One subframe a channel, constant (type 0) at 0.
    columns += [np.zeros_like(numbers)] * -(-like.channels * (8 + bits) // 8)
    sums = crc(columns, FRAME)
    columns += [sums >> 8, sums & 0xFF]
    rows = np.stack([column.astype(np.uint8) for column in columns], axis=1)
    return [row.tobytes() for row in rows]


def _coded(numbers: Ints, length: int) -> list[Ints]:
    """In UTF-8's manner, to 36 bits."""
    if length == 1:
        return [numbers]
    lead = 0xFF << (8 - length) & 0xFF
    tail = [0x80 | numbers >> 6 * index & 63 for index in reversed(range(length - 1))]
    return [lead | numbers >> 6 * (length - 1), *tail]
