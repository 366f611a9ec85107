"""Bytes of a file that is not trusted, and files that are put together from pieces of others."""

import io
from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate
from typing import BinaryIO

Piece = bytes | tuple[int, int]  # literal bytes, or (offset, length) in a source
BLOCK = 1 << 20


class Source:
    """A seekable file from where it stands, read by offset; a read past the end gives less."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._start = file.tell()
        self.size = file.seek(0, io.SEEK_END) - self._start
        file.seek(self._start)

    def read(self, offset: int, length: int) -> bytes:
        length = min(length, self.size - offset)
        if offset < 0 or length <= 0:
            return b""
        self._file.seek(self._start + offset)
        return self._file.read(length)

    def rewind(self) -> BinaryIO:
        """The file itself, where it stood."""
        self._file.seek(self._start)
        return self._file


class Pieces(io.RawIOBase):
    """A read-only file made of pieces of `source` and of literal bytes, one after the other."""

    def __init__(self, source: Source, pieces: Iterable[Piece]) -> None:
        self._source = source
        self._pieces = [piece for piece in pieces if _length(piece) > 0]
        self._ends = list(accumulate(map(_length, self._pieces)))
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        size = self._ends[-1] if self._ends else 0
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        filled = 0
        while filled < len(view):
            found = self._some(len(view) - filled)
            if not found:
                break
            view[filled : filled + len(found)] = found
            filled += len(found)
        return filled

    def _some(self, length: int) -> bytes:
        index = bisect_right(self._ends, self._at)
        if index == len(self._pieces):
            return b""
        piece = self._pieces[index]
        skipped = self._at - (self._ends[index] - _length(piece))
        length = min(length, _length(piece) - skipped)
        if isinstance(piece, bytes):
            found = piece[skipped : skipped + length]
        else:
            found = self._source.read(piece[0] + skipped, length)
        self._at += len(found)
        return found


def _length(piece: Piece) -> int:
    return len(piece) if isinstance(piece, bytes) else piece[1]
