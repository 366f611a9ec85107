"""What is needed of the metadata blocks of a FLAC (RFC 9639, section 8): claims, all of it."""

import re
from dataclasses import dataclass

from audio.containers.source import Source

_STREAMINFO, _COMMENTS = 0, 4
_MOST_BLOCKS = 1_000
_INFO_BYTES = 34
_LONGEST_COMMENTS = 1 << 16  # of them are looked through
# Section 8.6.2: a name in any case, then hexadecimal.
_MASK = re.compile(
    rb"WAVEFORMATEXTENSIBLE_CHANNEL_MASK=0x([0-9a-f]{1,8})(?![0-9a-f])", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Metadata:
    """0 where nothing was said. `first` is the offset that frames are looked for from."""

    first: int
    rate: int = 0
    bits: int = 0
    total: int = 0  # samples
    channel_mask: int = 0


def read(source: Source, start: int) -> Metadata:
    """STREAMINFO, wherever it stands among the blocks, and the channel mask in the comments.

    Frames are looked for from behind STREAMINFO: the length of a later block may be wrong.
    """
    at, first, info, mask = start + 4, start + 4, b"", 0
    for _ in range(_MOST_BLOCKS):
        head = source.read(at, 4)
        if len(head) < 4 or head[0] == 0xFF:
            break
        kind, length = head[0] & 0x7F, int.from_bytes(head[1:], "big")
        if kind == _STREAMINFO and not info:
            info, first = source.read(at + 4, _INFO_BYTES), at + 4 + length
        elif kind == _COMMENTS and not mask:
            mask = _channel_mask(source.read(at + 4, min(length, _LONGEST_COMMENTS)))
        if head[0] & 0x80:
            break
        at += 4 + length
    # A short block says nothing.
    word = int.from_bytes(info[10:18], "big") if len(info) >= 18 else 0
    bits = (word >> 36 & 31) + 1 if word else 0
    return Metadata(first, word >> 44, bits, word & (1 << 36) - 1, mask)


def _channel_mask(comments: bytes) -> int:
    found = _MASK.search(comments)
    return int(found[1], 16) if found else 0
