"""Where libsndfile would stop before a file's end, and how it is led there.

It reads the first of the streams that an Ogg file chains (RFC 3533, section 4), and believes that
an MP3 without a Xing header goes on as its first frame begins: the rest is never heard. Of FLAC it
refuses by their header depths that it reads well: its frames say theirs themselves.
"""

import os
from collections.abc import Iterator
from typing import BinaryIO

PAGE, HEADER, FIRST_PAGE = b"OggS", 27, 2
SEARCHED = 1 << 16
# Layer III spans 8 to 160 or 32 to 320 kbit/s: no file is longer than that many times its guess.
LONGEST = 20
# mpg123 looks for a tag (ID3v1) in the last bytes of what it takes for the file.
TAG = 128
# RFC 9639, section 8.2: the depth, less 1, in 5 bits that begin in the 12th byte of STREAMINFO.
FLAC, STREAMINFO, DEPTH = b"fLaC", 8, 12
WHOLE, REFUSED = 24, {12, 20, 32}
COUNTED = (b"Xing", b"Info", b"VBRI")
OTHERS = (
    (0, b"\x1a\x45\xdf\xa3", "WebM or Matroska"),
    (4, b"ftyp", "MP4 or M4A"),
    (0, b"\x30\x26\xb2\x75", "WMA"),
    (0, b"ADIF", "AAC"),
    (0, b"\xff\xf1", "AAC"),
    (0, b"\xff\xf9", "AAC"),
)


class Part:
    """One stream of an open file, `size` bytes from `start` on, as a file of its own.

    A `guessed` one claims to be as long as it can be at most, so that all of it is read. `said`
    stands in the place of what the file holds at that offset. What holds `integers` is to be read
    as numbers of 32 bits: libsndfile turns it upside down otherwise.
    """

    def __init__(
        self,
        opened: BinaryIO,
        start: int,
        size: int,
        *,
        guessed: bool = False,
        said: tuple[int, bytes] = (0, b""),
        integers: bool = False,
    ) -> None:
        self._opened, self._start, self._size, self._at = opened, start, size, 0
        self._claimed = size * LONGEST + TAG if guessed else size
        self._said, self.integers = said, integers

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        before = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._claimed}[whence]
        self._at = before + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, size: int) -> bytes:
        if self._at >= max(self._size, self._claimed - TAG):
            read = bytes(min(size, self._claimed - self._at))
        else:
            self._opened.seek(self._start + self._at)
            read = self._told(self._opened.read(max(0, min(size, self._size - self._at))))
        self._at += len(read)
        return read

    def _told(self, read: bytes) -> bytes:
        offset, said = self._said
        at = offset - self._at
        first, last = max(0, at), min(len(read), at + len(said))
        return read[:first] + said[first - at : last - at] + read[last:] if first < last else read

    @property
    def left(self) -> float:
        """The share of it behind the place to which it was read."""
        return (self._size - self._at) / max(1, self._size)


def parts(opened: BinaryIO, start: int) -> list[Part]:
    """What is to be read one after another, of the file that begins at `start`."""
    size = opened.seek(0, os.SEEK_END)
    head = _read(opened, start, 4)
    if head == PAGE:
        starts = list(_links(opened, start)) or [start]
        ends = [*starts[1:], size]
        return [Part(opened, at, end - at) for at, end in zip(starts, ends, strict=True)]
    sound = _past_tag(opened, start)
    if _read(opened, sound, len(FLAC)) == FLAC:
        said, depth = _depth(opened, sound)
        return [Part(opened, sound, size - sound, said=said, integers=depth == 32)]
    return [Part(opened, start, size - start, guessed=_is_guessed(opened, sound))]


def foreign(opened: BinaryIO, start: int) -> str:
    """The name of a format that libsndfile does not read; "" of any other file."""
    head = _read(opened, start, 12)
    return next((name for at, magic, name in OTHERS if head.startswith(magic, at)), "")


def _links(opened: BinaryIO, start: int) -> Iterator[int]:
    """Where each link of the chain begins: with a first page behind one that is none."""
    at, begun = start, False
    while (page := _page(opened, at)) is not None:
        header = _read(opened, page, HEADER)
        if len(header) < HEADER:
            return
        first = bool(header[5] & FIRST_PAGE)
        if first and not begun:
            yield page
        begun = first
        segments = header[26]
        at = page + HEADER + segments + sum(_read(opened, page + HEADER, segments))


def _page(opened: BinaryIO, at: int) -> int | None:
    """Where the next page begins; behind damage that is not at once."""
    while len(block := _read(opened, at, SEARCHED)) >= len(PAGE):
        if (found := block.find(PAGE)) >= 0:
            return at + found
        at += len(block) - len(PAGE) + 1
    return None


def _is_guessed(opened: BinaryIO, start: int) -> bool:
    """Whether this is an MP3 whose first frame does not say how many there are."""
    frame = _read(opened, start, 64)
    layer_3 = len(frame) > 1 and frame[0] == 0xFF and frame[1] & 0xE6 == 0xE2
    return layer_3 and not any(word in frame for word in COUNTED)


def _past_tag(opened: BinaryIO, start: int) -> int:
    """Behind the ID3 tag that stands there, if one does."""
    magic, _, sizes = _read(opened, start, 10).partition(b"ID3")
    if magic or len(sizes) != 7:
        return start
    # Seven bits of each of the last four bytes count.
    size = sum((byte & 0x7F) << (21 - 7 * place) for place, byte in enumerate(sizes[3:]))
    return start + 10 + size


def _depth(opened: BinaryIO, start: int) -> tuple[tuple[int, bytes], int]:
    """What is to stand in STREAMINFO instead of a depth that is refused, and the depth."""
    at = STREAMINFO + DEPTH
    bits = int.from_bytes(_read(opened, start + at, 2), "big")
    depth = (bits >> 4 & 31) + 1
    other = (WHOLE - 1) << 4 if depth in REFUSED else bits & 31 << 4
    return (at, (bits & ~(31 << 4) | other).to_bytes(2, "big")), depth


def _read(opened: BinaryIO, at: int, size: int) -> bytes:
    opened.seek(at)
    return opened.read(size)
