"""Ogg pages (RFC 3533, section 6), checked by their CRC; whatever lies between them is skipped."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from audio.containers.refusal import UnreadableAudio
from audio.containers.source import BLOCK, Source

CONTINUED, FIRST, LAST = 1, 2, 4
NO_GRANULE = -1
MAX_PAGES = 400_000  # half an hour of a page for every packet of 5 ms
MAX_DAMAGED = 1_000  # each may cost the checksum of 64 KiB that begin 27 bytes behind the last
_HEADER = 27
_LONGEST = _HEADER + 255 + 255 * 255
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


@dataclass(frozen=True, slots=True)
class Page:
    """`granule` counts samples at the end of the last packet that ends here, or is -1."""

    flags: int
    granule: int
    serial: int
    sequence: int
    lacing: bytes
    body: bytes


def checksum(data: bytes) -> int:
    """Ogg's CRC-32: zlib's polynomial with every bit order turned round, and nothing inverted."""
    crc = zlib.crc32(data.translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int.from_bytes(crc.to_bytes(4, "little").translate(_REVERSED), "big")


def pages(source: Source, start: int) -> Iterator[Page]:
    """Every whole page from `start` on; a damaged one is left out.

    It ends behind `MAX_DAMAGED` of those, and raises `UnreadableAudio` for over `MAX_PAGES`.
    """
    block, base, at = b"", start, start
    found = damaged = 0
    while damaged <= MAX_DAMAGED:
        if at + _LONGEST > base + len(block) and base + len(block) < source.size:
            block, base = source.read(at, BLOCK), at
        offset = block.find(b"OggS", at - base)
        if offset < 0:
            if base + len(block) >= source.size:
                return
            at = max(at, base + len(block) - 3)
            block, base = b"", at
            continue
        if offset > at - base:
            at = base + offset
            continue
        page, length = _page(block, offset)
        at += length
        if page is None:
            damaged += 1
            continue
        found += 1
        if found > MAX_PAGES:
            raise UnreadableAudio("too_many_parts", "The Ogg file has too many pages.")
        yield page


def _page(block: bytes, at: int) -> tuple[Page | None, int]:
    head = block[at : at + _HEADER]
    if len(head) < _HEADER:
        return None, 4
    lacing = block[at + _HEADER : at + _HEADER + head[26]]
    length = _HEADER + head[26] + sum(lacing)
    whole = block[at : at + length]
    if len(whole) < length or head[4] != 0:
        return None, 4
    if checksum(whole[:22] + bytes(4) + whole[26:]) != int.from_bytes(head[22:26], "little"):
        return None, 4
    granule = int.from_bytes(head[6:14], "little", signed=True)
    serial = int.from_bytes(head[14:18], "little")
    sequence = int.from_bytes(head[18:22], "little")
    body = whole[_HEADER + len(lacing) :]
    return Page(head[5], granule, serial, sequence, lacing, body), length
