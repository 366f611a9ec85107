"""Writes sample TFLite models: FlatBuffers laid out from the root down, weights as holes."""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tests.modelfiles.samples import Llama, Sample, Shape, elements

FLOAT32, FLOAT16, INT32, UINT8, INT64, STRING, INT16, INT8, INT4 = 0, 1, 2, 3, 4, 5, 7, 9, 17
BITS = {FLOAT32: 32, FLOAT16: 16, INT32: 32, UINT8: 8, INT64: 64, INT16: 16, INT8: 8, INT4: 4}
CONV_2D, DEPTHWISE_CONV_2D, DEQUANTIZE, FULLY_CONNECTED, SOFTMAX = 3, 4, 6, 9, 25
CUSTOM, BATCH_MATMUL = 32, 126


@dataclass(frozen=True)
class Table:
    """Fields by number: `bytes` stand in the table itself, anything else is pointed to."""

    fields: dict[int, "bytes | Table | Vector | Tables"]


@dataclass(frozen=True)
class Vector:
    """`count` elements, of which `body` are the first bytes written."""

    count: int
    body: bytes


@dataclass(frozen=True)
class Tables:
    items: list[Table]


def u8(value: int) -> bytes:
    return struct.pack("<B", value)


def i32(value: int) -> bytes:
    return struct.pack("<i", value)


def u32(value: int) -> bytes:
    return struct.pack("<I", value)


def u64(value: int) -> bytes:
    return struct.pack("<Q", value)


def ints(values: Sequence[int]) -> Vector:
    return Vector(len(values), struct.pack(f"<{len(values)}i", *values))


def floats(count: int) -> Vector:
    return Vector(count, bytes(4 * count))


def text(value: str) -> Vector:
    return Vector(len(value.encode()), value.encode() + b"\0")


class _Writer:
    def __init__(self) -> None:
        self.out = bytearray()
        self._pending: list[tuple[int, Table | Vector | Tables]] = []

    def file(self, root: Table) -> bytes:
        self.out += bytes(4) + b"TFL3"
        self._pending = [(0, root)]
        for place, item in self._pending:  # grows while it is walked
            at = self._write(item)
            struct.pack_into("<I", self.out, place, at - place)
        return bytes(self.out)

    def _write(self, item: Table | Vector | Tables) -> int:
        self.out += bytes(-len(self.out) % 8)
        if isinstance(item, Table):
            return self._table(item)
        at = len(self.out)
        if isinstance(item, Vector):
            self.out += u32(item.count) + item.body
            return at
        self.out += u32(len(item.items)) + bytes(4 * len(item.items))
        self._pending += [(at + 4 + 4 * n, each) for n, each in enumerate(item.items)]
        return at

    def _table(self, table: Table) -> int:
        places = [0] * (max(table.fields, default=-1) + 1)
        body = bytearray(4)
        pointers: list[tuple[int, Table | Vector | Tables]] = []
        for number, value in table.fields.items():
            places[number] = len(body)
            if isinstance(value, bytes):
                body += value
            else:
                pointers.append((len(body), value))
                body += bytes(4)
        vtable = struct.pack(f"<HH{len(places)}H", 4 + 2 * len(places), len(body), *places)
        vtable += bytes(-len(vtable) % 8)
        start = len(self.out)
        self.out += vtable
        at = len(self.out)
        body[:4] = i32(at - start)
        self.out += body
        self._pending += [(at + place, value) for place, value in pointers]
        return at


def flatbuffer(root: Table) -> bytes:
    return _Writer().file(root)


@dataclass(frozen=True)
class Constant:
    """One constant tensor; `scales` is how many, `blocks` the tensor that holds them instead."""

    name: str
    shape: Shape
    type: int = FLOAT32
    scales: int = 0
    blocks: int | None = None

    @property
    def stored(self) -> int:
        return -(-elements(self.shape) * BITS[self.type] // 8)


@dataclass(frozen=True)
class Operator:
    """A builtin by its number, or a custom one by name; tensors by their index, -1 for none."""

    code: int | str
    inputs: Sequence[int] = ()
    outputs: Sequence[int] = ()


@dataclass
class Model:
    """One subgraph; `variables` are the tensors without values that stand behind the constants."""

    constants: list[Constant]
    operators: list[Operator] = field(default_factory=list)
    variables: int = 1
    more: dict[int, "bytes | Table | Vector | Tables"] = field(default_factory=dict)


def tensor(constant: Constant, buffer: int) -> Table:
    fields: dict[int, bytes | Table | Vector | Tables] = {
        0: ints(constant.shape),
        1: u8(constant.type),
        2: u32(buffer),
        3: text(constant.name),
    }
    if constant.scales:
        fields[4] = Table({2: floats(constant.scales)})
    if constant.blocks is not None:
        fields[4] = Table({4: u8(2), 5: Table({0: i32(constant.blocks), 2: i32(32)})})
    return Table(fields)


def model(what: Model, buffers: Iterable[Table]) -> Table:
    tensors = [tensor(constant, n) for n, constant in enumerate(what.constants, start=1)]
    tensors += [Table({0: ints((1, 1)), 2: u32(0)})] * what.variables
    codes = list(dict.fromkeys(each.code for each in what.operators))
    operators = [
        Table({0: u32(codes.index(each.code)), 1: ints(each.inputs), 2: ints(each.outputs)})
        for each in what.operators
    ]
    subgraph = Table({0: Tables(tensors), 3: Tables(operators), 4: text("main")})
    return Table(
        {
            0: u32(3),
            1: Tables([operator_code(code) for code in codes]),
            2: Tables([subgraph]),
            4: Tables([Table({}), *buffers]),
            **what.more,
        }
    )


def operator_code(code: int | str) -> Table:
    if isinstance(code, str):
        return Table({0: u8(CUSTOM), 1: text(code), 3: i32(CUSTOM)})
    return Table({0: u8(min(code, 127)), 3: i32(code)})


def inline(what: Model) -> Sample:
    """A model below 2 GB: its buffers stand within the FlatBuffer."""
    whole = flatbuffer(
        model(what, [Table({0: Vector(c.stored, bytes(c.stored))}) for c in what.constants])
    )
    return Sample(whole, len(whole))


def behind(what: Model) -> Sample:
    """A model of any size: its buffers stand behind the FlatBuffer, each at a multiple of 16."""
    head = flatbuffer(model(what, _extents(what, 0)))
    start = -(-len(head) // 16) * 16
    head = flatbuffer(model(what, _extents(what, start)))
    size = start + sum(-(-constant.stored // 16) * 16 for constant in what.constants)
    return Sample(head, size)


def _extents(what: Model, start: int) -> list[Table]:
    extents = []
    for constant in what.constants:
        extents.append(Table({1: u64(start), 2: u64(constant.stored)}))
        start += -(-constant.stored // 16) * 16
    return extents


def tflite_llama(what: Llama, kind: int = INT4) -> Sample:
    """A decoder as it is converted for phones: matrices in one kind with a scale per output."""
    constants, operators = [], []
    for n, (name, shape) in enumerate(what.tensors().items()):
        if len(shape) > 1:
            constants.append(Constant(f"arith.constant/{name}", shape, kind, scales=shape[0]))
            operators.append(Operator(FULLY_CONNECTED, (-1, n, -1), ()))
        else:
            constants.append(Constant(f"arith.constant/{name}", shape, FLOAT32))
    for _ in range(what.layers):
        operators += [Operator(BATCH_MATMUL), Operator(SOFTMAX), Operator(BATCH_MATMUL)]
    return behind(Model(constants, operators))
