"""Matroska's blocks (RFC 9559, sections 10.1 and 10.2): one frame, or several under a lacing."""

from audio.containers.webm import ebml

_XIPH, _FIXED, _EBML = 1, 2, 3


def frames(block: bytes, track: int) -> list[bytes]:
    """The frames of a Block or SimpleBlock if it is the track's; damaged ones give none."""
    number, length = ebml.vint(block, 0)
    if number != track or not length or len(block) < length + 3:
        return []
    lacing, body = block[length + 2] >> 1 & 3, block[length + 3 :]
    if not lacing:
        return [body]
    if not body:
        return []
    count, body = body[0] + 1, body[1:]
    if lacing == _FIXED:
        size = len(body) // count
        return [body[index * size : (index + 1) * size] for index in range(count)]
    sizes, at = (_xiph if lacing == _XIPH else _ebml)(body, count - 1)
    return _cut(body[at:], sizes) if len(sizes) == count - 1 else []


def ticks(block: bytes) -> int:
    """The block's time from its cluster's on."""
    _, length = ebml.vint(block, 0)
    return int.from_bytes(block[length : length + 2], "big", signed=True)


def _xiph(body: bytes, count: int) -> tuple[list[int], int]:
    sizes: list[int] = []
    at = size = 0
    while len(sizes) < count and at < len(body):
        size += body[at]
        if body[at] < 255:
            sizes.append(size)
            size = 0
        at += 1
    return sizes, at


def _ebml(body: bytes, count: int) -> tuple[list[int], int]:
    """The first size as it is, the others as differences, of which the middle stands for 0."""
    sizes: list[int] = []
    at = 0
    while len(sizes) < count:
        value, length = ebml.vint(body, at)
        if not length:
            break
        if sizes:
            value = sizes[-1] + value - ((1 << 7 * length - 1) - 1)
        if value < 0:
            break
        sizes.append(value)
        at += length
    return sizes, at


def _cut(body: bytes, sizes: list[int]) -> list[bytes]:
    if sum(sizes) > len(body):
        return []
    found, at = [], 0
    for size in sizes:
        found.append(body[at : at + size])
        at += size
    return [*found, body[at:]]
