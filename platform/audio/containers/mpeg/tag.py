"""The tag of Xing and LAME in a stream's first frame: how many frames, how much to trim.

After its authors' description. mpg123 believes a frame count and guesses without one.
"""

import struct
from dataclasses import dataclass

from audio.containers.mpeg.frames import LENGTHS, Frame, frame


@dataclass(frozen=True, slots=True)
class Tag:
    skipped: int
    padding: int

    @classmethod
    def of(cls, data: bytes, first: Frame) -> "Tag | None":
        """The Xing, Info or VBRI tag that fills a frame; trimmed samples are LAME's word."""
        if data[36:40] == b"VBRI":
            return cls(0, 0)
        offset = _offset(first)
        if data[offset : offset + 4] not in {b"Xing", b"Info"}:
            return None
        flags = int.from_bytes(data[offset + 4 : offset + 8], "big")
        lame = offset + 8 + 4 * (flags & 1) + 4 * (flags >> 1 & 1)
        lame += 100 * (flags >> 2 & 1) + 4 * (flags >> 3 & 1)
        if data[lame : lame + 4] not in {b"LAME", b"Lavf", b"Lavc"}:
            return cls(0, 0)
        trims = int.from_bytes(data[lame + 21 : lame + 24], "big")
        return cls(trims >> 12, trims & 0xFFF)


def _offset(first: Frame) -> int:
    """Behind the side information of layer III."""
    if first.kind >> 2 == 3:
        return 4 + (17 if first.channels == 1 else 32)
    return 4 + (9 if first.channels == 1 else 17)


def tag_frame(head: bytes, frames: int, skipped: int, padding: int) -> bytes:
    """A frame of layer III that says how many frames follow; other layers have no such thing."""
    first = frame(head)
    if first is None or first.kind & 3 != 3:
        return b""
    # Bits 9 to 12 of 14: long enough for the tag at every rate, no CRC, no padding.
    roomy = bytes((0xFF, head[1] | 1, 0xC0 | head[2] & 0x0C, head[3]))
    body = bytearray(LENGTHS[roomy[1] << 8 | roomy[2]])
    body[:4] = roomy
    offset = _offset(first)
    body[offset : offset + 12] = b"Xing" + struct.pack(">II", 1, frames)
    if skipped or padding:
        body[offset + 12 : offset + 16] = b"LAME"
        trims = skipped << 12 | padding
        body[offset + 12 + 21 : offset + 12 + 24] = trims.to_bytes(3, "big")
    return bytes(body)
