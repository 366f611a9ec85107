"""Frame headers of FLAC (RFC 9639, section 9.1), found and read all at once.

A header is 5 to 16 bytes long and ends in a CRC-8 of its own, so headers are found in the bytes
without decoding what lies between them. Everything is an array over the candidates.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audio.containers.refusal import UnreadableAudio

LONGEST = 16
NATIVE_BITS = {8, 16, 24}  # that libsndfile reads where only STREAMINFO says them
MAX_CANDIDATES = 50_000  # in a megabyte: the shortest frames that encoders write have 30 bytes
_BLOCK_SIZES = np.array(
    [0, 192, 576, 1152, 2304, 4608, 0, 0, *(256 << shift for shift in range(8))], dtype=np.int64
)
_KILOHERTZ = [0, 88.2, 176.4, 192, 8, 16, 22.05, 24, 32, 44.1, 48, 96, 0, 0, 0, 0]
_RATES = (np.array(_KILOHERTZ) * 1_000).astype(np.int64)
_BITS = np.array([0, 8, 12, 0, 16, 20, 24, 32], dtype=np.int64)
Ints = NDArray[np.int64]


def _coded_lengths() -> Ints:
    """Bytes of a coded number by its first one: 0 where none begins."""
    leading = [8 - (byte ^ 0xFF).bit_length() for byte in range(256)]
    return np.array([1 if not n else 0 if n in {1, 8} else n for n in leading], dtype=np.int64)


def _crc8_table() -> NDArray[np.uint8]:
    table: Ints = np.arange(256)
    for _ in range(8):
        table = np.where(table & 0x80, table << 1 ^ 0x07, table << 1) & 0xFF
    return table.astype(np.uint8)


_CODED_LENGTHS = _coded_lengths()
_CRC8 = _crc8_table()


@dataclass(frozen=True, slots=True)
class Headers:
    """One entry per header; `rate` and `bits` are 0 where STREAMINFO says them.

    `number` counts frames, or samples where `variable`; `samples` is the block's size.
    """

    offset: Ints
    number: Ints
    samples: Ints
    variable: NDArray[np.bool_]
    rate: Ints
    channels: Ints
    bits: Ints


@dataclass(frozen=True, slots=True)
class Frame:
    """One of them, at `offset` in the file. Of bits that STREAMINFO says the sign is negative."""

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
    def form(self) -> tuple[int, int, int, bool]:
        return self.rate, self.channels, self.bits, self.variable

    @property
    def most_bytes(self) -> int:
        """With every sample written out, those of a side channel a bit longer."""
        bits = self.samples * (self.channels * abs(self.bits) + 1)
        return LONGEST + bits // 8 + 8 * self.channels + 2


def headers(block: bytes, usable: int) -> Headers:
    """The headers that begin in the first `usable` bytes and lie whole in `block`."""
    data = np.frombuffer(block, dtype=np.uint8)
    padded = np.concatenate([data, np.zeros(LONGEST, dtype=np.uint8)])
    ends = data[1 : usable + 1]
    at = np.flatnonzero((data[: len(ends)] == 0xFF) & (ends & 0xFE == 0xF8))
    if len(at) > MAX_CANDIDATES:
        raise UnreadableAudio("too_many_parts", "The FLAC file has too many frames.")
    raw = padded[at[:, None] + np.arange(LONGEST)].astype(np.int64)
    size_code, rate_code = raw[:, 2] >> 4, raw[:, 2] & 15
    channel_code, bits_code = raw[:, 3] >> 4, raw[:, 3] >> 1 & 7
    good = (size_code > 0) & (rate_code < 15) & (channel_code < 11)
    good &= (bits_code != 3) & (raw[:, 3] & 1 == 0)
    number, length = _coded_number(raw)
    samples, length = _block_size(raw, size_code, length)
    rate, length = _rate(raw, rate_code, length)
    good &= (number >= 0) & (samples > 0) & (at + length < len(data))
    good &= _crc8(raw, length) == np.take_along_axis(raw, length[:, None], axis=1)[:, 0]
    return Headers(
        at[good],
        number[good],
        samples[good],
        (raw[:, 1] & 1 == 1)[good],
        rate[good],
        np.where(channel_code < 8, channel_code + 1, 2)[good],
        _BITS[bits_code][good],
    )


def _coded_number(raw: Ints) -> tuple[Ints, Ints]:
    """The number in UTF-8's manner from byte 4, -1 where it is none; and the offset behind it."""
    first = raw[:, 4]
    ones = _CODED_LENGTHS[first]
    number = np.where(ones == 1, first, first & ((1 << np.maximum(7 - ones, 0)) - 1))
    good = ones > 0
    for index in range(1, 7):
        byte, more = raw[:, 4 + index], ones > index
        good &= ~more | (byte >> 6 == 2)
        number = np.where(more, number << 6 | byte & 63, number)
    return np.where(good, number, -1), 4 + np.maximum(ones, 1)


def _block_size(raw: Ints, code: Ints, at: Ints) -> tuple[Ints, Ints]:
    small, large = code == 6, code == 7
    value = np.where(small, _bytes(raw, at, 1) + 1, _BLOCK_SIZES[code])
    return np.where(large, _bytes(raw, at, 2) + 1, value), at + small + 2 * large


def _rate(raw: Ints, code: Ints, at: Ints) -> tuple[Ints, Ints]:
    value = np.where(code == 12, _bytes(raw, at, 1) * 1_000, _RATES[code])
    value = np.where(code == 13, _bytes(raw, at, 2), value)
    value = np.where(code == 14, _bytes(raw, at, 2) * 10, value)
    return value, at + (code == 12) + 2 * ((code == 13) | (code == 14))


def _bytes(raw: Ints, at: Ints, count: int) -> Ints:
    value = np.zeros(len(raw), dtype=np.int64)
    for index in range(count):
        here = np.minimum(at + index, LONGEST - 1)
        value = value << 8 | np.take_along_axis(raw, here[:, None], axis=1)[:, 0]
    return value


def _crc8(raw: Ints, length: Ints) -> NDArray[np.uint8]:
    crc = np.zeros(len(raw), dtype=np.uint8)
    for index in range(LONGEST - 1):
        crc = np.where(index < length, _CRC8[crc ^ raw[:, index].astype(np.uint8)], crc)
    return crc
