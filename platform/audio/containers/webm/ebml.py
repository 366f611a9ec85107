"""EBML (RFC 8794): elements one after the other, of known and of unknown size."""

from collections.abc import Iterator
from dataclasses import dataclass

from audio.containers.refusal import UnreadableAudio
from audio.containers.source import Source

MAX_SMALL = 1 << 20  # no element that is read whole (a header, a track) is larger


# Half an hour of film at 60 pictures a second with its sound: some 200,000.
MOST_ELEMENTS = 500_000


@dataclass(slots=True)
class Allowance:
    """How many elements a file may still have, at any depth; an empty one has two bytes."""

    left: int

    def take(self) -> None:
        """Raises `UnreadableAudio` where none is left."""
        self.left -= 1
        if self.left < 0:
            raise UnreadableAudio("too_many_parts", "The WebM file has too many elements.")


@dataclass(frozen=True, slots=True)
class Element:
    """`size` is None where it is unknown: the element lasts until one that cannot be in it."""

    id: int
    start: int
    size: int | None

    @property
    def end(self) -> int | None:
        return None if self.size is None else self.start + self.size


def element(data: bytes, offset: int) -> Element | None:
    """The element whose first 12 bytes are `data` and stand at `offset`; None where none does."""
    id_length = _length(data, 0)
    if not 1 <= id_length <= 4 or len(data) <= id_length:
        return None
    size_length = _length(data, id_length)
    head = id_length + size_length
    if not size_length or len(data) < head:
        return None
    bits = 7 * size_length
    size = int.from_bytes(data[id_length:head], "big") & ((1 << bits) - 1)
    unknown = size == (1 << bits) - 1
    return Element(
        int.from_bytes(data[:id_length], "big"), offset + head, None if unknown else size
    )


def _length(data: bytes, at: int) -> int:
    return 9 - data[at].bit_length() if at < len(data) and data[at] else 0


def children(body: bytes, allowance: Allowance) -> Iterator[tuple[int, bytes]]:
    """The elements of one that was read whole; it ends where they make no sense any more."""
    at = 0
    while (found := element(body[at : at + 12], at)) is not None and found.end is not None:
        allowance.take()
        yield found.id, body[found.start : found.end]
        at = found.end


def unsigned(body: bytes) -> int:
    return int.from_bytes(body[:8], "big")


def signed(body: bytes) -> int:
    return int.from_bytes(body[:8], "big", signed=True)


def vint(data: bytes, at: int) -> tuple[int, int]:
    """A number of variable length and the bytes it took; (0, 0) where none stands."""
    length = _length(data, at)
    if not length or at + length > len(data):
        return 0, 0
    return int.from_bytes(data[at : at + length], "big") & ((1 << 7 * length) - 1), length


def small(source: Source, found: Element) -> bytes:
    """The element's body; nothing where it is cut short, or larger than any that we need."""
    if found.end is None or found.end > source.size or found.end - found.start > MAX_SMALL:
        return b""
    return source.read(found.start, found.end - found.start)
