"""The wire format of FlatBuffers, looked up in place: tables, vectors and strings, no schema.

Source: https://flatbuffers.dev/internals/
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from modelfiles.errors import Code, MalformedModel
from modelfiles.pages import Pages

_U16 = struct.Struct("<H")
_I32 = struct.Struct("<i")
_U32 = struct.Struct("<I")
_U64 = struct.Struct("<Q")
_LEAST_TABLE = 4
_LEAST_VTABLE = 4


class Vector(NamedTuple):
    """Where a vector's elements begin in the file, and how many there are; none if absent."""

    start: int
    length: int


NONE = Vector(0, 0)


class Table:
    """One table: its fields by number, as the schema counts them (a union takes two numbers).

    All methods raise MalformedModel where an offset or a size leaves the file or the table.
    """

    __slots__ = ("_at", "_fields", "_file", "_raw")

    def __init__(self, file: "FlatBuffer", at: int, fields: tuple[int, ...], raw: bytes) -> None:
        self._file = file
        self._at = at
        self._fields = fields
        self._raw = raw

    def byte(self, number: int) -> int:
        """An unsigned byte, 0 by default."""
        place = self._place(number, 1)
        return self._raw[place] if place else 0

    def u32(self, number: int) -> int:
        """An unsigned 32-bit integer, 0 by default."""
        return self._integer(number, _U32)

    def i32(self, number: int) -> int:
        """A signed 32-bit integer, 0 by default."""
        return self._integer(number, _I32)

    def u64(self, number: int) -> int:
        """An unsigned 64-bit integer, 0 by default."""
        return self._integer(number, _U64)

    def vector(self, number: int, element_bytes: int) -> Vector:
        """A vector of elements of that size, all within the file; an empty one if absent."""
        start = self._target(number)
        return self._file.vector(start, element_bytes) if start else NONE

    def integers(self, number: int, most: int) -> tuple[int, ...]:
        """The first `most` signed 32-bit integers of a vector."""
        start, count = self.vector(number, 4)
        count = min(count, most)
        if not count:
            return ()
        return struct.unpack(f"<{count}i", self._file.pages.take(start, 4 * count))

    def text(self, number: int, longest: int) -> str:
        """A string, cut after `longest` bytes; "" if absent."""
        start, count = self.vector(number, 1)
        raw = self._file.pages.take(start, min(count, longest)) if count else b""
        return raw.decode(errors="replace")

    def table(self, number: int) -> "Table | None":
        """An embedded table, if there is one."""
        at = self._target(number)
        return self._file.table(at) if at else None

    def tables(self, number: int, most: int) -> "Iterator[Table]":
        """The tables of a vector; raises MalformedModel (too_many_entries) for more than `most`."""
        start, count = self.vector(number, 4)
        if count > most:
            raise MalformedModel(Code.TOO_MANY_ENTRIES, limit=most, found=count)
        return self._file.tables(start, count)

    def _target(self, number: int) -> int:
        """Where in the file the field's offset points to, 0 if it is absent."""
        place = self._place(number, 4)
        if not place:
            return 0
        offset: int = _U32.unpack_from(self._raw, place)[0]
        return self._at + place + offset

    def _integer(self, number: int, layout: struct.Struct) -> int:
        place = self._place(number, layout.size)
        if not place:
            return 0
        value: int = layout.unpack_from(self._raw, place)[0]
        return value

    def _place(self, number: int, width: int) -> int:
        place = self._fields[number] if number < len(self._fields) else 0
        if place and not _LEAST_TABLE <= place <= len(self._raw) - width:
            raise MalformedModel(Code.BAD_VALUE, at=self._at, field=number)
        return place


class FlatBuffer:
    """A file that is one FlatBuffer, read through `pages`."""

    def __init__(self, pages: Pages) -> None:
        self.pages = pages
        # Tables of one kind share their vtable; a large graph has a dozen of them in all.
        self._vtables: dict[int, tuple[int, tuple[int, ...]]] = {}

    def root(self) -> Table:
        """The root table; raises MalformedModel."""
        return self.table(_U32.unpack(self.pages.take(0, 4))[0])

    def table(self, at: int) -> Table:
        """The table at a place in the file; raises MalformedModel."""
        distance: int = _I32.unpack(self.pages.take(at, 4))[0]
        where = at - distance
        found = self._vtables.get(where)
        if found is None:
            found = self._vtables[where] = self._vtable(where)
        size, fields = found
        return Table(self, at, fields, self.pages.take(at, size))

    def tables(self, start: int, count: int) -> Iterator[Table]:
        """The tables that `count` offsets from `start` on point to."""
        for place in range(start, start + 4 * count, 4):
            yield self.table(place + _U32.unpack(self.pages.take(place, 4))[0])

    def vector(self, at: int, element_bytes: int) -> Vector:
        """The vector at a place in the file; raises MalformedModel (truncated)."""
        count: int = _U32.unpack(self.pages.take(at, 4))[0]
        end = at + 4 + count * element_bytes
        if end > self.pages.size:
            raise MalformedModel(Code.TRUNCATED, needed=end, size=self.pages.size)
        return Vector(at + 4, count)

    def _vtable(self, at: int) -> tuple[int, tuple[int, ...]]:
        """The size of a table in bytes, and where each field is in it (0 for an absent one)."""
        length: int = _U16.unpack(self.pages.take(at, 2))[0]
        if length < _LEAST_VTABLE or length % 2:
            raise MalformedModel(Code.BAD_VALUE, at=at, found=length)
        _, size, *fields = struct.unpack(f"<{length // 2}H", self.pages.take(at, length))
        if size < _LEAST_TABLE:
            raise MalformedModel(Code.BAD_VALUE, at=at, found=size)
        return size, tuple(fields)
