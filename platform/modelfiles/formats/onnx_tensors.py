"""ONNX's TensorProto: shape, type, and where its bytes are, without reading them.

Source: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3
"""

import functools
from dataclasses import dataclass, field
from pathlib import PurePosixPath, PureWindowsPath
from typing import NamedTuple

from modelfiles.errors import Code, MalformedModel
from modelfiles.formats.protobuf import BYTES, Field, Walker
from modelfiles.tensors import element_count


class ElementType(NamedTuple):
    """One of onnx.TensorProto.DataType; strings have no bits."""

    label: str
    bits: int
    is_integer: bool = False


ELEMENT_TYPES: dict[int, ElementType] = {
    1: ElementType("F32", 32),
    2: ElementType("U8", 8, is_integer=True),
    3: ElementType("I8", 8, is_integer=True),
    4: ElementType("U16", 16, is_integer=True),
    5: ElementType("I16", 16, is_integer=True),
    6: ElementType("I32", 32, is_integer=True),
    7: ElementType("I64", 64, is_integer=True),
    8: ElementType("STRING", 0),
    9: ElementType("BOOL", 8, is_integer=True),
    10: ElementType("F16", 16),
    11: ElementType("F64", 64),
    12: ElementType("U32", 32, is_integer=True),
    13: ElementType("U64", 64, is_integer=True),
    14: ElementType("C64", 64),
    15: ElementType("C128", 128),
    16: ElementType("BF16", 16),
    17: ElementType("F8_E4M3", 8),
    18: ElementType("F8_E4M3FNUZ", 8),
    19: ElementType("F8_E5M2", 8),
    20: ElementType("F8_E5M2FNUZ", 8),
    21: ElementType("U4", 4),
    22: ElementType("I4", 4),
    23: ElementType("F4_E2M1", 4),
    24: ElementType("F8_E8M0", 8),
    25: ElementType("U2", 2),
    26: ElementType("I2", 2),
}

_DIMS, _DATA_TYPE, _SEGMENT, _FLOATS, _NAME, _RAW, _DOUBLES = 1, 2, 3, 4, 8, 9, 10
_EXTERNAL_DATA, _DATA_LOCATION = 13, 14
_SMALL_PAYLOADS = frozenset({4, 5, 6, 7, 10, 11})
_MAX_DIGITS = 18


class Extent(NamedTuple):
    """A byte range of an external file, named relative to the model's folder."""

    location: str
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """A tensor as stored: `extent` tells where, when it is not in the model file itself."""

    name: str
    type: ElementType
    shape: tuple[int, ...]
    elements: int
    stored_bytes: int
    extent: Extent | None


@dataclass(slots=True)
class _Draft:
    name: str = ""
    dims: list[int] = field(default_factory=list)
    data_type: int = 0
    external: dict[str, str] = field(default_factory=dict)
    is_external: bool = False
    payload: dict[int, int] = field(default_factory=dict)  # field number: bytes
    small_bytes: int = 0  # in fields that hold varints, strings or single numbers


def read_tensor(walker: Walker, message: Field) -> StoredTensor:
    """Consume one TensorProto; its raw payload is stepped over, not read.

    Raises MalformedModel where shape, type and payload disagree or a path leaves the folder.
    """
    draft = _Draft()
    for each in walker.message(message):
        _take_field(walker, each, draft)
    if draft.data_type not in ELEMENT_TYPES:
        raise MalformedModel(Code.UNKNOWN_TENSOR_TYPE, tensor=draft.name, found=draft.data_type)
    kind = ELEMENT_TYPES[draft.data_type]
    shape = tuple(draft.dims)
    elements = element_count(draft.name, shape)
    stored = -(-elements * kind.bits // 8)
    extent = None
    if draft.is_external:
        extent = _extent(draft, stored)
    else:
        _check_payload(draft, elements, stored, kind)
    return StoredTensor(draft.name, kind, shape, elements, stored, extent)


def _take_field(walker: Walker, each: Field, draft: _Draft) -> None:
    number = each.number
    if number == _DIMS:
        draft.dims += walker.integers(each)
    elif number == _DATA_TYPE:
        draft.data_type = walker.integer(each)
    elif number == _NAME:
        draft.name = walker.text(each)
    elif number == _EXTERNAL_DATA:
        key, value = walker.pair(each)
        draft.external[key] = value
    elif number == _DATA_LOCATION:
        draft.is_external = walker.integer(each) == 1
    elif number == _SEGMENT:
        raise MalformedModel(Code.OPAQUE_WEIGHTS, tensor=draft.name)
    elif number in (_RAW, _FLOATS, _DOUBLES) and each.wire == BYTES:
        # Protobuf lets the last of two payloads win: the first would be bytes nobody counts.
        if number in draft.payload:
            raise MalformedModel(Code.UNCLAIMED_BYTES, tensor=draft.name)
        draft.payload[number] = each.value
        walker.cursor.jump(each.value)
    elif number in _SMALL_PAYLOADS:
        # The walker reads past these and past unknown fields: the byte budget bounds them all.
        draft.small_bytes += each.value if each.wire == BYTES else 8


def _check_payload(draft: _Draft, elements: int, stored: int, kind: ElementType) -> None:
    if len(draft.payload) + bool(draft.small_bytes) > 1:
        raise MalformedModel(Code.UNCLAIMED_BYTES, tensor=draft.name)
    for number, found in draft.payload.items():
        expected = stored if number == _RAW else elements * (4 if number == _FLOATS else 8)
        if number != _RAW and kind.label in ("C64", "C128"):
            expected *= 2
        if found != expected:
            raise MalformedModel(
                Code.SIZE_MISMATCH, tensor=draft.name, expected=expected, found=found
            )
    # A varint byte holds at most one int64, so a shape cannot claim more than this.
    if not draft.payload and stored > 8 * draft.small_bytes:
        raise MalformedModel(Code.SIZE_MISMATCH, tensor=draft.name, expected=stored, found=0)


def _extent(draft: _Draft, stored: int) -> Extent:
    location = draft.external.get("location", "")
    if not _is_plain(location):
        raise MalformedModel(Code.EXTERNAL_PATH, tensor=draft.name, path=location)
    if draft.payload or draft.small_bytes:
        raise MalformedModel(Code.UNCLAIMED_BYTES, tensor=draft.name)
    start = _digits(draft, "offset", 0)
    # Its writers use 0 for "not said", and its reader then takes the file's rest: so does this one.
    length = _digits(draft, "length", 0) or stored
    if length != stored:
        raise MalformedModel(Code.SIZE_MISMATCH, tensor=draft.name, expected=stored, found=length)
    return Extent(location, start, start + length)


@functools.lru_cache(maxsize=64)  # the tensors of a model share a file or a few
def _is_plain(location: str) -> bool:
    """One plain relative path on every system: no `..`, no drive, no root, no backslash."""
    windows = PureWindowsPath(location)
    if not location or windows.drive or windows.root or "\\" in location or "\0" in location:
        return False
    return ".." not in PurePosixPath(location).parts


def _digits(draft: _Draft, key: str, default: int) -> int:
    text = draft.external.get(key)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS):
        raise MalformedModel(Code.BAD_VALUE, tensor=draft.name, key=key)
    return int(text)
