"""FLAC as RFC 9639 allows it and few encoders write it: verbatim samples of any depth."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

_RATE_CODES = {8_000: 4, 16_000: 5, 44_100: 9, 48_000: 10, 96_000: 11}
_BITS_CODES = {8: 1, 12: 2, 16: 4, 20: 5, 24: 6, 32: 7}
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Form:
    """What a frame header says; `variable` counts samples in it instead of frames."""

    rate: int = 44_100
    bits: int = 16
    block: int = 1_024
    variable: bool = False


def sine(frames: int, form: Form, channels: int = 2) -> Ints:
    """Whole numbers at half of full scale, (frames, channels)."""
    wave = np.sin(np.arange(frames) * 2 * np.pi * 440 / form.rate)
    return np.repeat(np.round(wave * 2 ** (form.bits - 2))[:, None], channels, 1).astype(np.int64)


def stream_info(form: Form, channels: int, total: int) -> bytes:
    word = form.rate << 44 | (channels - 1) << 41 | (form.bits - 1) << 36 | total
    blocks = form.block.to_bytes(2, "big") * 2
    return blocks + bytes(6) + word.to_bytes(8, "big") + bytes(16)


def metadata(kind: int, body: bytes, *, last: bool = False) -> bytes:
    return bytes([kind | 0x80 * last]) + len(body).to_bytes(3, "big") + body


def frames(samples: Ints, form: Form, *, first: int = 0) -> list[bytes]:
    """The frames of `samples`, numbered from frame (or sample) `first`."""
    blocks = [samples[at : at + form.block] for at in range(0, len(samples), form.block)]
    return [
        _frame(block, form, first + index * (form.block if form.variable else 1))
        for index, block in enumerate(blocks)
    ]


def file(samples: Ints, form: Form, *, total: int | None = None, between: bytes = b"") -> bytes:
    """A whole file; `total` is what its header claims, `between` its other metadata blocks."""
    claimed = len(samples) if total is None else total
    info = stream_info(form, samples.shape[1], claimed)
    head = b"fLaC" + metadata(0, info, last=not between) + between
    return head + b"".join(frames(samples, form))


def silence(blocks: int, channels: int, form: Form) -> bytes:
    """A whole file of constant zeros: 65,535 samples in each block, 27 bytes or fewer."""
    block = Form(form.rate, form.bits, 65_535)
    head = b"fLaC" + metadata(0, stream_info(block, channels, 0), last=True)
    return head + b"".join(_silent_frame(block, channels, number) for number in range(blocks))


def _silent_frame(form: Form, channels: int, number: int) -> bytes:
    head = bytes([0xFF, 0xF8, 0x70, (channels - 1) << 4 | _BITS_CODES[form.bits] << 1])
    head += _coded(number) + (form.block - 1).to_bytes(2, "big")
    body = head + bytes([crc(head, 0x07, 8)]) + bytes(1 + form.bits // 8) * channels
    return body + crc(body, 0x8005, 16).to_bytes(2, "big")


def joined(parts: Sequence[tuple[Ints, Form]]) -> bytes:
    """One stream whose form changes in the middle, as RFC 9639 lets it."""
    start, out = 0, b""
    for samples, form in parts:
        out += b"".join(frames(samples, replace(form, variable=True), first=start))
        start += len(samples)
    samples, form = parts[0]
    return b"fLaC" + metadata(0, stream_info(form, samples.shape[1], 0), last=True) + out


def _frame(block: Ints, form: Form, number: int) -> bytes:
    rate_code = _RATE_CODES.get(form.rate, 0)
    head = bytes([0xFF, 0xF8 | form.variable, 0x70 | rate_code])
    head += bytes([(block.shape[1] - 1) << 4 | _BITS_CODES.get(form.bits, 0) << 1])
    head += _coded(number) + (len(block) - 1).to_bytes(2, "big")
    head += bytes([crc(head, 0x07, 8)])
    bits = "".join("00000010" + _verbatim(channel, form.bits) for channel in block.T)
    bits += "0" * (-len(bits) % 8)
    body = head + int(bits, 2).to_bytes(len(bits) // 8, "big")
    return body + crc(body, 0x8005, 16).to_bytes(2, "big")


def _verbatim(channel: Ints, bits: int) -> str:
    return "".join(f"{int(value) & ((1 << bits) - 1):0{bits}b}" for value in channel)


def _coded(number: int) -> bytes:
    """UTF-8's manner, on to 36 bits."""
    if number < 0x80:
        return bytes([number])
    length = next(n for n in range(2, 8) if number < 1 << (5 * n + 1))
    tail = [0x80 | number >> 6 * index & 63 for index in reversed(range(length - 1))]
    lead = 0xFF << (8 - length) & 0xFF
    return bytes([lead | number >> 6 * (length - 1), *tail])


def crc(data: bytes | bytearray, polynomial: int, width: int) -> int:
    table, mask, value = _table(polynomial, width), (1 << width) - 1, 0
    for byte in data:
        value = (value << 8 & mask) ^ table[value >> (width - 8) ^ byte]
    return value


@cache
def _table(polynomial: int, width: int) -> list[int]:
    mask = (1 << width) - 1
    rows = []
    for byte in range(256):
        value = byte << (width - 8)
        for _ in range(8):
            value = (value << 1 & mask) ^ (polynomial if value >> (width - 1) else 0)
        rows.append(value)
    return rows
