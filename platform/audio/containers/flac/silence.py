"""Frames of silence for the place of lost ones, so that what follows keeps its time."""

from audio.containers.flac.checksums import FRAME, HEADER, crc
from audio.containers.flac.frames import Frame
from audio.containers.refusal import UnreadableAudio

MOST = 100_000  # frames in a file; of 4,096 samples two hours, of 192 five minutes
_CODES = {8: 1, 12: 2, 16: 4, 20: 5, 24: 6, 32: 7}
_VARIABLE = 4_096  # samples of each where frames need not be of one size


def lost(before: Frame, after: Frame) -> int:
    """Samples whose frames are missing between two; raises `UnreadableAudio` beyond `MOST`."""
    missing = after.number - before.next_number
    step, samples = (_VARIABLE, 1) if before.variable else (1, before.samples)
    if missing // step > MOST:
        raise UnreadableAudio("too_many_parts", "Too much is missing in the middle of the FLAC.")
    return missing * samples


def between(before: Frame, after: Frame) -> bytes:
    """Silent frames for those that are missing between two."""
    step = _VARIABLE if before.variable else 1
    numbers = range(before.next_number, after.number, step)
    sizes = (min(step, after.number - at) if before.variable else before.samples for at in numbers)
    return b"".join(_frame(at, size, before) for at, size in zip(numbers, sizes, strict=True))


def instead_of(frame: Frame) -> bytes:
    """A silent frame as long as the one."""
    return _frame(frame.number, frame.samples, frame)


def _frame(number: int, samples: int, like: Frame) -> bytes:
    """RFC 9639, sections 9.1 and 9.2: size in 16 bits, the rate that STREAMINFO says."""
    bits = abs(like.bits)
    head = bytes((0xFF, 0xF8 | like.variable, 0x70, (like.channels - 1) << 4 | _CODES[bits] << 1))
    head += _coded(number) + (samples - 1).to_bytes(2, "big")
    head += bytes((crc(head, HEADER),))
    # One subframe a channel, constant (type 0) at 0.
    body = head + bytes(-(-like.channels * (8 + bits) // 8))
    return body + crc(body, FRAME).to_bytes(2, "big")


def _coded(number: int) -> bytes:
    """In UTF-8's manner, to 36 bits."""
    if number < 0x80:
        return bytes((number,))
    length = next(length for length in range(2, 8) if number < 1 << (5 * length + 1))
    tail = bytes(0x80 | number >> 6 * index & 63 for index in reversed(range(length - 1)))
    lead = 0xFF << (8 - length) & 0xFF
    return bytes((lead | number >> 6 * (length - 1),)) + tail
