"""The wire format of Protocol Buffers, walked in place: tags, varints and lengths, no schema.

Source: https://protobuf.dev/programming-guides/encoding/
"""

from collections.abc import Iterator
from typing import NamedTuple

from modelfiles.cursor import Cursor
from modelfiles.errors import Code, MalformedModel

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
MAX_FIELDS = 500_000  # a large graph of unfused operators has about 300,000
_MAX_DEPTH = 40
_FIRST_TEXT, _SECOND_TEXT = 1 << 3 | BYTES, 2 << 3 | BYTES
_LONGEST_SHORT_PAIR = 256


class Field(NamedTuple):
    """`value` is the number itself, or for BYTES the payload's length in bytes."""

    number: int
    wire: int
    value: int


class Walker:
    """Walks messages within messages on one cursor. All methods raise MalformedModel."""

    def __init__(self, cursor: Cursor, max_fields: int = MAX_FIELDS) -> None:
        self.cursor = cursor
        self._fields_left = max_fields
        self._depth = 0

    def fields(self, length: int) -> Iterator[Field]:
        """Yield the fields of the message that fills the next `length` bytes.

        A BYTES payload may be consumed (all of it) before the next field is asked for; what the
        caller leaves alone is read past, within the byte budget, so nothing large can hide in it.
        """
        cursor = self.cursor
        at = cursor.position
        end = at + length
        self._enter(end)
        while at < end:
            self._count_field()
            number, wire, value = field = self._field()
            at = cursor.position
            stop = at + value if wire == BYTES else at
            if stop > end or number == 0:
                raise self._beyond(number, at, stop)
            yield field
            at = cursor.position
            if at != stop:
                if at > stop:
                    raise MalformedModel(Code.BAD_PROTOBUF, at=at)
                cursor.take(stop - at)
                at = stop
        self._depth -= 1

    def text(self, field: Field, longest: int = 4096) -> str:
        """Consume a string field."""
        self._expect(field, BYTES)
        if field.value > longest:
            raise MalformedModel(Code.BAD_TEXT, limit=longest, found=field.value)
        try:
            return self.cursor.take(field.value).decode()
        except UnicodeDecodeError as error:
            raise MalformedModel(Code.BAD_TEXT, at=self.cursor.position) from error

    def pair(self, field: Field) -> tuple[str, str]:
        """Consume a message of two strings, numbered 1 and 2; "" for one that is absent.

        Three of them tell where an external tensor is, nearly always written as `_split` reads it.
        """
        self._expect(field, BYTES)
        if 4 <= field.value <= _LONGEST_SHORT_PAIR:
            parts = _split(self.cursor.peek(field.value))
            if parts:
                self._count_field()
                self._count_field()
                self.cursor.take(field.value)
                return parts
        members = {1: "", 2: ""}
        for each in self.message(field):
            if each.number in members:
                members[each.number] = self.text(each)
        return members[1], members[2]

    def integers(self, field: Field) -> list[int]:
        """Consume one repeated int64 field, packed or not; negative numbers come back negative."""
        if field.wire == VARINT:
            return [_signed(field.value)]
        self._expect(field, BYTES)
        end = self.cursor.position + field.value
        found = []
        while self.cursor.position < end:
            self._count_field()
            found.append(_signed(self.cursor.varint()))
        return found

    def integer(self, field: Field) -> int:
        """Return a single int64 field."""
        self._expect(field, VARINT)
        return _signed(field.value)

    def message(self, field: Field) -> Iterator[Field]:
        """Yield the fields of an embedded message."""
        self._expect(field, BYTES)
        return self.fields(field.value)

    def _field(self) -> Field:
        short = self.cursor.short_field()
        if short is None:
            tag = self.cursor.varint()
            return Field(tag >> 3, tag & 7, self._value(tag & 7))
        tag, value = short
        return Field(tag >> 3, tag & 7, value)

    def _value(self, wire: int) -> int:
        if wire in (VARINT, BYTES):
            return self.cursor.varint()
        if wire in (FIXED32, FIXED64):
            return int.from_bytes(self.cursor.take(4 if wire == FIXED32 else 8), "little")
        raise MalformedModel(Code.BAD_PROTOBUF, at=self.cursor.position, wire=wire)

    def _expect(self, field: Field, wire: int) -> None:
        if field.wire != wire:
            raise MalformedModel(Code.BAD_PROTOBUF, at=self.cursor.position, field=field.number)

    def _count_field(self) -> None:
        self._fields_left -= 1
        if self._fields_left < 0:
            raise MalformedModel(Code.TOO_MANY_ENTRIES, at=self.cursor.position)

    def _beyond(self, number: int, at: int, stop: int) -> MalformedModel:
        """Why a field cannot stand here: the outermost message ends with the file, and where one of
        its own fields goes on behind that, most likely the rest of the file is missing."""
        if number and self._depth == 1 and stop > self.cursor.size:
            return MalformedModel(Code.TRUNCATED, needed=stop, size=self.cursor.size)
        return MalformedModel(Code.BAD_PROTOBUF, at=at)

    def _enter(self, end: int) -> None:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise MalformedModel(Code.NESTING_TOO_DEEP, limit=_MAX_DEPTH)
        if end > self.cursor.size:
            raise MalformedModel(Code.TRUNCATED, needed=end, size=self.cursor.size)


def _split(raw: bytes) -> tuple[str, str] | None:
    """Two strings of fewer than 128 ASCII letters that fill a message in order, if it is that."""
    middle = 2 + raw[1]
    if raw[0] != _FIRST_TEXT or middle + 2 > len(raw) or raw[middle] != _SECOND_TEXT:
        return None
    if middle + 2 + raw[middle + 1] != len(raw) or not raw.isascii():
        return None
    return raw[2:middle].decode(), raw[middle + 2 :].decode()


def _signed(value: int) -> int:
    return value - (1 << 64) if value >= 1 << 63 else value
