"""TFLite files made to deceive or to exhaust: each is refused, by name and in little time."""

import struct
import time

import pytest

from modelfiles import Code, ModelRefused, PrefixSource, inspect
from modelfiles.cursor import READ_BUDGET
from modelfiles.sources import Source
from tests.modelfiles import samples_tflite as tfl
from tests.modelfiles.samples import Sample
from tests.modelfiles.samples_tflite import Constant, Model, Operator, Table, Tables, Vector

W = Constant("w", (8, 8))


def head(body: bytes, size: int = 0) -> Sample:
    whole = b"\0\0\0\0TFL3" + body
    return Sample(whole, max(size, len(whole)))


def rooted(at: int, body: bytes = bytes(64)) -> Sample:
    return Sample(struct.pack("<I", at) + b"TFL3" + body, 8 + len(body))


def placed(*extents: tuple[int, int], size: int = 4096) -> Sample:
    """A model whose constants stand at those offsets, each of so many bytes as 8-bit weights."""
    several = [Constant(f"t{n}", (length,), tfl.INT8, 1) for n, (_, length) in enumerate(extents)]
    buffers = [Table({1: tfl.u64(start), 2: tfl.u64(length)}) for start, length in extents]
    whole = tfl.flatbuffer(tfl.model(Model(several), buffers))
    return Sample(whole, size)


def raw(root: Table) -> Sample:
    whole = tfl.flatbuffer(root)
    return Sample(whole, len(whole))


def one(constant: Table, data: int = 256) -> Sample:
    buffers = Tables([Table({}), Table({0: Vector(data, bytes(data))})])
    subgraph = Table({0: Tables([constant])})
    return raw(Table({2: Tables([subgraph]), 4: buffers}))


def stored(shape: tuple[int, ...], kind: int = 0, data: int = 256, buffer: int = 1) -> Sample:
    return one(Table({0: tfl.ints(shape), 1: tfl.u8(kind), 2: tfl.u32(buffer)}), data)


# One tensor, and a vector of so many offsets that all point to it.
def repeated(count: int) -> Sample:
    sample = raw(
        Table(
            {
                4: Tables([Table({}), Table({0: Vector(256, bytes(256))})]),
                2: Tables([Table({0: Vector(count, bytes(4 * count))})]),
            }
        )
    )
    whole = bytearray(sample.head)
    start = whole.rindex(struct.pack("<I", count)) + 4
    at = len(whole) + 8
    whole += bytes(8) + b"".join((b"\x04\0\x04\0", struct.pack("<i", 4)))
    at += -at % 4
    for n in range(count):
        struct.pack_into("<I", whole, start + 4 * n, len(whole) - 4 - (start + 4 * n))
    return Sample(bytes(whole), len(whole))


CASES: dict[str, tuple[Sample, Code]] = {
    "nothing behind the magic": (Sample(b"\x08\0\0\0TFL3", 8), Code.TRUNCATED),
    "a root past the end": (rooted(2**31), Code.TRUNCATED),
    "a root of 2^32": (rooted(2**32 - 1), Code.TRUNCATED),
    "a vtable before the file": (rooted(8, struct.pack("<i", 2**30) + bytes(60)), Code.TRUNCATED),
    "a vtable behind the file": (rooted(8, struct.pack("<i", -(2**30))), Code.TRUNCATED),
    "a vtable of no length": (rooted(8, struct.pack("<i", -4) + bytes(60)), Code.BAD_VALUE),
    "a vtable of an odd length": (
        rooted(8, struct.pack("<iHH", -4, 7, 8) + bytes(60)),
        Code.BAD_VALUE,
    ),
    "a vtable past the end": (
        rooted(8, struct.pack("<iHH", -4, 65534, 8) + bytes(60)),
        Code.TRUNCATED,
    ),
    "a table of no length": (rooted(8, struct.pack("<iHH", -4, 4, 0)), Code.BAD_VALUE),
    "a table past the end": (rooted(8, struct.pack("<iHH", -4, 4, 65535)), Code.TRUNCATED),
    "a field outside its table": (
        rooted(8, struct.pack("<i5H", -4, 10, 8, 0, 0, 600) + bytes(60)),
        Code.BAD_VALUE,
    ),
    "a field on its table's own offset": (
        rooted(8, struct.pack("<i5H", -4, 10, 8, 0, 0, 2) + bytes(60)),
        Code.BAD_VALUE,
    ),
    "2^32 subgraphs": (raw(Table({2: Vector(2**32 - 1, b"")})), Code.TRUNCATED),
    "a million subgraphs": (
        raw(Table({2: Vector(10**6, bytes(4 * 10**6))})),
        Code.TOO_MANY_ENTRIES,
    ),
    "a million buffers": (raw(Table({4: Vector(10**6, bytes(4 * 10**6))})), Code.TOO_MANY_ENTRIES),
    "a million operator codes": (
        raw(Table({1: Vector(10**6, bytes(4 * 10**6))})),
        Code.TOO_MANY_ENTRIES,
    ),
    "a tensor that 200,000 offsets name": (repeated(200_000), Code.TOO_MANY_ENTRIES),
    "a tensor of nothing 100,000 times": (repeated(100_000), Code.NO_WEIGHTS),
    "a buffer of 2^32 bytes": (
        raw(Table({4: Tables([Table({0: Vector(2**32 - 1, b"")})])})),
        Code.TRUNCATED,
    ),
    "a buffer past the end": (placed((4000, 100)), Code.TENSOR_OUTSIDE_FILE),
    "a buffer of 2^64 bytes": (
        raw(tfl.model(Model([W]), [Table({1: tfl.u64(64), 2: tfl.u64(2**64 - 1)})])),
        Code.TENSOR_OUTSIDE_FILE,
    ),
    "a buffer in two places": (
        raw(
            tfl.model(
                Model([W]), [Table({0: Vector(256, bytes(256)), 1: tfl.u64(64), 2: tfl.u64(256)})]
            )
        ),
        Code.BAD_VALUE,
    ),
    "a buffer that there is not": (stored((8, 8), buffer=2), Code.BAD_VALUE),
    "buffers that overlap": (placed((1024, 512), (1200, 512)), Code.TENSORS_OVERLAP),
    "external buffers": (
        raw(tfl.model(Model([W], more={9: Tables([Table({})])}), [Table({})])),
        Code.OPAQUE_WEIGHTS,
    ),
    "hidden data at the end": (placed((1024, 512), size=7_000_000_000), Code.UNCLAIMED_BYTES),
    "a shape that lies about its buffer": (stored((1000, 1000)), Code.SIZE_MISMATCH),
    "a negative size": (stored((-8, -8)), Code.BAD_SHAPE),
    "2^31 x 2^31 x 2^31": (stored((2**31 - 1,) * 3), Code.BAD_SHAPE),
    "a thousand dimensions": (stored((1,) * 1000), Code.BAD_SHAPE),
    "an unknown type": (stored((8, 8), 99), Code.UNKNOWN_TENSOR_TYPE),
    "a resource with values": (stored((8, 8), 13), Code.UNKNOWN_TENSOR_TYPE),
    "a sparse tensor": (
        one(Table({0: tfl.ints((8, 8)), 2: tfl.u32(1), 6: Table({})})),
        Code.UNKNOWN_TENSOR_TYPE,
    ),
    "weights that call themselves text": (stored((64,), tfl.STRING), Code.NO_WEIGHTS),
    "no tensor": (raw(Table({0: tfl.u32(3)})), Code.NO_WEIGHTS),
    "an operator without a code": (
        raw(
            Table(
                {2: Tables([Table({3: Tables([Table({0: tfl.u32(7)})])})]), 4: Tables([Table({})])}
            )
        ),
        Code.BAD_VALUE,
    ),
    **{
        f"a program as {name}": (
            tfl.inline(Model([W], [Operator(name)])),
            Code.OPAQUE_WEIGHTS,
        )
        for name in ("edgetpu-custom-op", "DISPATCH_OP")
    },
}


class Counting:
    """A source that counts what is asked of it, of a size that no machine could hold."""

    def __init__(self, start: bytes, size: int) -> None:
        self.size = size
        self.bytes_read = 0
        self._start = start

    def read(self, offset: int, length: int) -> bytes:
        self.bytes_read += length
        return self._start[offset : offset + length].ljust(length, b"\0")


class TestHostileTflite:
    @pytest.mark.parametrize("name", CASES)
    def test_files_are_refused_by_name_within_two_seconds(self, name: str) -> None:
        sample, code = CASES[name]
        started = time.process_time()
        with pytest.raises(ModelRefused) as raised:
            inspect(PrefixSource(sample.head, sample.size))
        assert raised.value.code is code
        assert time.process_time() - started < 2

    def test_files_that_scatter_their_tables_end_with_the_budget(self) -> None:
        """Thirty-four thousand buffers, each in a page of its own."""
        count, apart = 34_000, 1024
        root = Table({4: Vector(count, bytes(4 * count))})
        whole = bytearray(tfl.flatbuffer(root))
        start = whole.rindex(struct.pack("<I", count)) + 4
        whole = whole.ljust(apart * (count + 160), b"\0")
        for n in range(count):
            at = apart * (n + 150)
            struct.pack_into("<I", whole, start + 4 * n, at - (start + 4 * n))
            struct.pack_into("<iHH", whole, at, -4, 4, 4)
        source = Counting(bytes(whole), len(whole))
        protocol: Source = source
        with pytest.raises(ModelRefused) as raised:
            inspect(protocol)
        assert raised.value.code is Code.HEADER_TOO_LARGE
        assert READ_BUDGET // 2 < source.bytes_read <= READ_BUDGET
