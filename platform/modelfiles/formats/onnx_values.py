"""What an ONNX graph declares of the values that come in and go out: a name, a type, a shape.

Source: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3
"""

from dataclasses import dataclass

from modelfiles.errors import Code, MalformedModel
from modelfiles.formats.protobuf import VARINT, Field, Walker

MAX_VALUES = 1024  # on either side of a graph; real ones have a few dozen
_MAX_AXES = 16


@dataclass(frozen=True, slots=True)
class Value:
    """An input or output. `element` is ONNX's number of a tensor's element type, 0 for anything
    but a tensor. `shape` has a number where a size is fixed, a name where sizes of that name are
    equal, None where it is open; it is None itself where the graph does not even tell the axes."""

    name: str
    element: int
    shape: tuple[int | str | None, ...] | None


def read_value(walker: Walker, message: Field) -> Value:
    """Consume a ValueInfoProto: name 1, type 2."""
    name, element = "", 0
    shape: tuple[int | str | None, ...] | None = None
    for each in walker.message(message):
        if each.number == 1:
            name = walker.text(each)
        elif each.number == 2:
            for kind in walker.message(each):
                if kind.number == 1:
                    element, shape = _tensor(walker, kind)
    return Value(name, element, shape)


def _tensor(walker: Walker, message: Field) -> tuple[int, tuple[int | str | None, ...] | None]:
    """Consume a TypeProto.Tensor: elem_type 1, shape 2, whose dim is 1."""
    element = 0
    shape: tuple[int | str | None, ...] | None = None
    for each in walker.message(message):
        if each.number == 1:
            element = walker.integer(each)
        elif each.number == 2:
            shape = tuple(_size(walker, size) for size in walker.message(each) if size.number == 1)
            if len(shape) > _MAX_AXES:
                raise MalformedModel(Code.BAD_SHAPE, limit=_MAX_AXES, found=len(shape))
    return element, shape


def _size(walker: Walker, message: Field) -> int | str | None:
    """Consume a Dimension: dim_value 1, dim_param 2. A negative size is an open one."""
    size: int | str | None = None
    for each in walker.message(message):
        if each.number == 1 and each.wire == VARINT:
            size = walker.integer(each)
            size = None if size < 0 else size
        elif each.number == 2:
            size = walker.text(each) or None
    return size
