"""GGUF's key-value part: typed values, of which only the few that decide anything are kept."""

import struct
from dataclasses import dataclass, field

from modelfiles.cursor import Cursor
from modelfiles.errors import Code, MalformedModel

Value = int | float | bool | str | tuple[int | float | bool, ...]

MAX_KEYS = 10_000
_MAX_KEY_BYTES = 1024
_MAX_KEPT_TEXT = 1024
_MAX_KEPT_ARRAY = 4096  # one head count per layer

# Everything else (vocabularies, templates, whatever is new) is stepped over.
_KEPT = frozenset(
    {
        "general.architecture",
        "general.type",
        "general.alignment",
        "split.no",
        "split.count",
        "split.tensors.count",
    }
)
HEAD_COUNT = ".attention.head_count"
_BOOL, _STRING, _ARRAY = 7, 8, 9
_SCALARS = {
    0: "B",
    1: "b",
    2: "H",
    3: "h",
    4: "I",
    5: "i",
    6: "f",
    _BOOL: "B",
    10: "Q",
    11: "q",
    12: "d",
}


@dataclass(frozen=True, slots=True)
class Metadata:
    """The kept values by key, with typed look-ups that refuse a value of the wrong type."""

    values: dict[str, Value] = field(default_factory=dict)

    def text(self, key: str, default: str) -> str:
        """Return a string, or `default`; raise MalformedModel (bad_value) for another type."""
        value = self.values.get(key, default)
        if not isinstance(value, str):
            raise MalformedModel(Code.BAD_VALUE, key=key)
        return value

    def integer(self, key: str, default: int) -> int:
        """Return an integer, or `default`; raise MalformedModel (bad_value) for another type."""
        value = self.values.get(key, default)
        if type(value) is not int:
            raise MalformedModel(Code.BAD_VALUE, key=key)
        return value


def read_metadata(cursor: Cursor, count: int) -> Metadata:
    """Consume `count` pairs; raises MalformedModel (too_many_entries, duplicate_key, ...)."""
    if count > MAX_KEYS:
        raise MalformedModel(Code.TOO_MANY_ENTRIES, limit=MAX_KEYS, found=count)
    seen: set[str] = set()
    values: dict[str, Value] = {}
    for _ in range(count):
        key = read_text(cursor, _MAX_KEY_BYTES)
        if key in seen:
            raise MalformedModel(Code.DUPLICATE_KEY, key=key)
        seen.add(key)
        value = _read_value(cursor, cursor.u32())
        if value is not None and (key in _KEPT or key.endswith(HEAD_COUNT)):
            values[key] = value
    return Metadata(values)


def read_text(cursor: Cursor, longest: int) -> str:
    """Consume a length-prefixed UTF-8 string of at most `longest` bytes."""
    length = cursor.u64()
    if length > longest:
        raise MalformedModel(Code.BAD_TEXT, limit=longest, found=length)
    try:
        return cursor.take(length).decode()
    except UnicodeDecodeError as error:
        raise MalformedModel(Code.BAD_TEXT, at=cursor.position) from error


def _read_value(cursor: Cursor, kind: int) -> Value | None:
    if kind == _ARRAY:
        return _read_array(cursor)
    if kind == _STRING:
        raw = cursor.take(cursor.u64())
        return raw.decode(errors="replace") if len(raw) <= _MAX_KEPT_TEXT else None
    return _read_scalars(cursor, kind, 1)[0]


def _read_array(cursor: Cursor) -> Value | None:
    kind, count = cursor.u32(), cursor.u64()
    if kind == _ARRAY:
        raise MalformedModel(Code.NESTING_TOO_DEEP, at=cursor.position)
    if kind == _STRING:
        # Each string takes at least its length, so a count past the end is refused at once.
        if count * 8 > cursor.remaining:
            raise MalformedModel(Code.TRUNCATED, needed=count * 8, size=cursor.size)
        cursor.skip_strings(count)
        return None
    if count > _MAX_KEPT_ARRAY:
        cursor.take(count * struct.calcsize(_layout(kind)))
        return None
    return _read_scalars(cursor, kind, count)


def _read_scalars(cursor: Cursor, kind: int, count: int) -> tuple[int | float | bool, ...]:
    layout = struct.Struct(f"<{count}{_layout(kind)}")
    values: tuple[int | float, ...] = layout.unpack(cursor.take(layout.size))
    if kind != _BOOL:
        return values
    if any(value > 1 for value in values):
        raise MalformedModel(Code.BAD_VALUE, at=cursor.position)
    return tuple(map(bool, values))


def _layout(kind: int) -> str:
    try:
        return _SCALARS[kind]
    except KeyError:
        raise MalformedModel(Code.BAD_VALUE, value_type=kind) from None
