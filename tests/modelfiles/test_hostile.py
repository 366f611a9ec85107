"""Files made to deceive or to exhaust: each is refused, by name, in little time and memory."""

import json
import struct
import time
import tracemalloc
from collections.abc import Callable

import pytest

from modelfiles import Code, ModelRefused, PrefixSource, UnsupportedFormat, inspect
from tests.modelfiles import samples
from tests.modelfiles.samples import Sample, gguf_head, gguf_pair, gguf_tensor, gguf_text

HUGE = 2**63
GIB = 1024**3
MIB = 1024**2


def st(header: bytes | dict[str, object], data: int = 0, length: int | None = None) -> Sample:
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    return samples.safetensors_raw(raw, data, length)


def entry(start: int, stop: int, shape: object = None, dtype: object = "F32") -> dict[str, object]:
    shape = [(stop - start) // 4] if shape is None else shape
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, stop]}


def gg(pairs: list[bytes], tensors: list[bytes], size: int = GIB) -> Sample:
    return Sample(gguf_head(pairs, tensors), size)


def counts(tensors: int, pairs: int) -> Sample:
    return Sample(struct.pack("<4sIQQ", b"GGUF", 3, tensors, pairs) + bytes(100), GIB)


def array(kind: int, count: int, body: bytes = b"", key: str = "k") -> bytes:
    return gguf_text(key) + struct.pack("<IIQ", 9, kind, count) + body


F32, Q4_K = 0, 12
TENSOR = gguf_tensor("a", (64, 64), F32, 0)
TWO_LINES = b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},'

CASES: dict[str, tuple[Sample, Code]] = {
    # containers
    "pickle": (Sample(b"\x80\x04\x95" + bytes(50), 53), Code.PICKLE),
    "zip (.pt, .keras)": (Sample(b"PK\x03\x04" + bytes(50), 54), Code.ZIP),
    "hdf5 (.h5)": (Sample(b"\x89HDF\r\n\x1a\n" + bytes(50), 58), Code.HDF5),
    "numpy": (Sample(b"\x93NUMPY\x01\0" + bytes(50), 58), Code.NUMPY),
    "gzip": (Sample(b"\x1f\x8b\x08" + bytes(50), 53), Code.ARCHIVE),
    "ggml before gguf": (Sample(b"tjgg\x03\0\0\0" + bytes(50), 58), Code.LEGACY_GGML),
    "text": (Sample(b"hello, I am a model, honest", 27), Code.UNKNOWN_FORMAT),
    "one byte": (Sample(b"G", 1), Code.UNKNOWN_FORMAT),
    "empty": (Sample(b"", 0), Code.EMPTY),
    # safetensors
    "header of 2^63 bytes": (st(b"{}", GIB, HUGE), Code.HEADER_TOO_LARGE),
    "header of 33 MiB": (st(b"{}", GIB, 33 * MIB), Code.HEADER_TOO_LARGE),
    "header longer than the file": (st(b"{}", 0, 1000), Code.TRUNCATED),
    "header cut off": (st(b'{"a":', 0), Code.BAD_JSON),
    "header is a list in a brace's clothing": (st(b"{]"), Code.BAD_JSON),
    "header in Latin-1": (st(b'{"\xe9":1}'), Code.BAD_TEXT),
    "200,000 nested lists": (st(b'{"a":' + b"[" * 200_000), Code.NESTING_TOO_DEEP),
    "200,000 nested objects": (st(b'{"a":' * 200_000), Code.NESTING_TOO_DEEP),
    "ten million empty lists": (st(b'{"a":[' + b"[]," * 10_000_000), Code.TOO_MANY_ENTRIES),
    "an integer of a million digits": (
        st(b'{"a":{"dtype":"F32","shape":[' + b"9" * 1_000_000 + b"]}}"),
        Code.BAD_VALUE,
    ),
    "infinity as a size": (st(b'{"a":Infinity}'), Code.BAD_VALUE),
    "a fraction as a size": (st({"a": entry(0, 4, [1.0])}, 4), Code.BAD_VALUE),
    "true as a size": (st({"a": entry(0, 4, [True])}, 4), Code.BAD_VALUE),
    "a negative size": (st({"a": entry(0, 4, [-1])}, 4), Code.BAD_VALUE),
    "text as a shape": (st({"a": entry(0, 4, "1")}, 4), Code.BAD_VALUE),
    "a list as an entry": (st({"a": [1]}, 4), Code.BAD_VALUE),
    "an extra member": (st({"a": entry(0, 4) | {"x": 1}}, 4), Code.BAD_VALUE),
    "three offsets": (st({"a": entry(0, 4) | {"data_offsets": [0, 2, 4]}}, 4), Code.BAD_VALUE),
    "metadata of numbers": (
        st({"__metadata__": {"bits": 4}, "a": entry(0, 4)}, 4),
        Code.BAD_VALUE,
    ),
    "metadata as a list": (st({"__metadata__": []}), Code.BAD_VALUE),
    "an unknown type": (st({"a": entry(0, 4, [1], "F31")}, 4), Code.UNKNOWN_TENSOR_TYPE),
    "a type that is no text": (st({"a": entry(0, 4, [1], [])}, 4), Code.UNKNOWN_TENSOR_TYPE),
    "the same tensor twice": (
        st(TWO_LINES + b'"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}', 8),
        Code.DUPLICATE_KEY,
    ),
    "the same member twice": (
        st(b'{"a":{"dtype":"F32","dtype":"F16","shape":[1],"data_offsets":[0,4]}}', 4),
        Code.DUPLICATE_KEY,
    ),
    "tensors that overlap": (st({"a": entry(0, 8), "b": entry(4, 12)}, 12), Code.TENSORS_OVERLAP),
    "a hole between tensors": (st({"a": entry(0, 4), "b": entry(8, 12)}, 12), Code.UNCLAIMED_BYTES),
    "hidden data at the end": (st({"a": entry(0, 4)}, 4 + 7_000_000_000), Code.UNCLAIMED_BYTES),
    "a tensor past the end": (st({"a": entry(0, 400)}, 4), Code.TENSOR_OUTSIDE_FILE),
    "offsets that lie about the shape": (
        st({"a": entry(0, 4, [1000, 1000])}, 4),
        Code.SIZE_MISMATCH,
    ),
    "offsets in reverse": (st({"a": entry(4, 0, [1])}, 4), Code.SIZE_MISMATCH),
    "2^32 x 2^32": (st({"a": entry(0, 4, [2**32, 2**32])}, 4), Code.BAD_SHAPE),
    "a thousand dimensions": (st({"a": entry(0, 4, [1] * 1000)}, 4), Code.BAD_SHAPE),
    "no tensor": (st(b"{}"), Code.NO_WEIGHTS),
    "a tensor of nothing": (st({"a": entry(0, 0, [0])}), Code.NO_WEIGHTS),
    # GGUF
    "2^63 tensors": (counts(HUGE, 0), Code.TOO_MANY_ENTRIES),
    "2^63 keys": (counts(0, HUGE), Code.TOO_MANY_ENTRIES),
    "65,536 tensors of nothing": (counts(65_536, 0), Code.BAD_SHAPE),
    "a key of 2^63 bytes": (
        gg([struct.pack("<Q", HUGE)], [TENSOR]),
        Code.BAD_TEXT,
    ),
    "a string past the end": (
        gg([gguf_text("k") + struct.pack("<IQ", 8, 2**62)], [TENSOR]),
        Code.TRUNCATED,
    ),
    "a string past the budget": (
        gg([gguf_text("k") + struct.pack("<IQ", 8, GIB // 2)], [TENSOR]),
        Code.HEADER_TOO_LARGE,
    ),
    "an array of 2^60 bytes": (gg([array(0, 2**60)], [TENSOR]), Code.TRUNCATED),
    "an array of 2^60 strings": (gg([array(8, 2**60)], [TENSOR]), Code.TRUNCATED),
    "an array past the budget": (gg([array(4, 2**26)], [TENSOR]), Code.HEADER_TOO_LARGE),
    "an array of arrays": (gg([array(9, 1, struct.pack("<IQ", 4, 0))], []), Code.NESTING_TOO_DEEP),
    "an unknown value type": (gg([gguf_text("k") + struct.pack("<I", 13)], []), Code.BAD_VALUE),
    "an array of an unknown type": (gg([array(99, 1)], []), Code.BAD_VALUE),
    "a flag of two": (gg([gguf_text("k") + struct.pack("<IB", 7, 2)], []), Code.BAD_VALUE),
    "a key in Latin-1": (gg([gguf_text(b"\xe9\xe9")], []), Code.BAD_TEXT),
    "the same key twice": (gg([gguf_pair("k", 1)] * 2, []), Code.DUPLICATE_KEY),
    "an architecture that is a number": (
        samples.gguf({"a": ((8, 8), "F32")}, {"general.architecture": 1}),
        Code.BAD_VALUE,
    ),
    "an alignment of 3": (gg([gguf_pair("general.alignment", 3)], [TENSOR]), Code.BAD_ALIGNMENT),
    "an alignment of 0": (gg([gguf_pair("general.alignment", 0)], [TENSOR]), Code.BAD_ALIGNMENT),
    "an alignment of 2^31": (
        gg([gguf_pair("general.alignment", 2**31)], [TENSOR]),
        Code.BAD_ALIGNMENT,
    ),
    "a tensor off its alignment": (
        gg([], [gguf_tensor("a", (64, 64), F32, 4)]),
        Code.BAD_ALIGNMENT,
    ),
    "the same GGUF tensor twice": (gg([], [TENSOR, TENSOR]), Code.DUPLICATE_TENSOR),
    "GGUF tensors that overlap": (
        gg([], [TENSOR, gguf_tensor("b", (64, 64), F32, 64)]),
        Code.TENSORS_OVERLAP,
    ),
    "a hole between GGUF tensors": (
        gg([], [TENSOR, gguf_tensor("b", (64, 64), F32, 64 * 64 * 4 + 64)]),
        Code.UNCLAIMED_BYTES,
    ),
    "hidden data behind GGUF tensors": (gg([], [TENSOR]), Code.UNCLAIMED_BYTES),
    "a GGUF tensor past the end": (
        gg([], [gguf_tensor("a", (2**20, 2**20), F32, 0)]),
        Code.TENSOR_OUTSIDE_FILE,
    ),
    "an offset of 2^63": (
        gg([], [gguf_tensor("a", (64, 64), F32, HUGE)]),
        Code.TENSOR_OUTSIDE_FILE,
    ),
    "GGUF 2^32 x 2^32": (gg([], [gguf_tensor("a", (2**32, 2**32), F32, 0)]), Code.BAD_SHAPE),
    "a dimension of zero": (gg([], [gguf_tensor("a", (64, 0), F32, 0)]), Code.BAD_SHAPE),
    "five dimensions": (gg([], [gguf_tensor("a", (1,) * 5, F32, 0)]), Code.BAD_SHAPE),
    "half a block": (gg([], [gguf_tensor("a", (4, 128), Q4_K, 0)]), Code.BAD_SHAPE),
    "a tensor name of 300 bytes": (gg([], [gguf_tensor("a" * 300, (64,), F32, 0)]), Code.BAD_TEXT),
    "a file that ends in its header": (gg([], [TENSOR], 40), Code.TRUNCATED),
    "a file that ends before its data": (gg([], [TENSOR], 69), Code.TENSOR_OUTSIDE_FILE),
    "no GGUF tensor": (gg([gguf_pair("general.architecture", "llama")], []), Code.NO_WEIGHTS),
    "a million shards": (
        samples.gguf({"a": ((8, 8), "F32")}, {"split.count": 10**6}),
        Code.BAD_VALUE,
    ),
}


def long_header(header: bytes) -> bytes:
    return len(header).to_bytes(8, "little") + header


# name: (the file's first bytes, how many times as much memory they may take)
MEMORY_BOMBS: dict[str, tuple[Callable[[], bytes], int]] = {
    "empty lists": (lambda: long_header(b'{"a":[' + b"[]," * 2_000_000), 4),
    "nested lists": (lambda: long_header(b'{"a":' + b"[" * 6_000_000), 4),
    "one long name": (lambda: long_header(b'{"' + b"x" * 6_000_000 + b'":1}'), 8),
    "one long wide name": (
        lambda: long_header(b'{"\xf0\x9f\x8f\x9f' + b"x" * 6_000_000 + b'":1}'),
        16,
    ),
    "arrays of bytes": (
        lambda: gguf_head([array(0, 4096, bytes(4096), f"key {n}") for n in range(1500)], [TENSOR]),
        1,
    ),
}


def refused(sample: Sample) -> ModelRefused:
    padding = (
        bytes(min(sample.size - len(sample.head), 64)) if sample.size > len(sample.head) else b""
    )
    with pytest.raises(ModelRefused) as raised:
        inspect(PrefixSource((sample.head + padding)[: sample.size], sample.size))
    return raised.value


class TestHostileFiles:
    @pytest.mark.parametrize("name", CASES)
    def test_are_refused_by_name_within_half_a_second(self, name: str) -> None:
        sample, code = CASES[name]
        started = time.process_time()
        error = refused(sample)
        assert error.code is code
        assert time.process_time() - started < 0.5
        assert isinstance(error, UnsupportedFormat) is code.value.startswith("format_")

    def test_put_nothing_of_theirs_unescaped_into_the_message(self) -> None:
        sample = st({"\u202e\x1b[2Jevil\n" * 100: [1]})
        error = refused(sample)
        assert str(error).isascii()
        assert str(error).isprintable()
        assert len(str(error)) < 200

    @pytest.mark.parametrize("bomb", MEMORY_BOMBS)
    def test_are_refused_in_bounded_memory(self, bomb: str) -> None:
        make, times = MEMORY_BOMBS[bomb]
        head = make()
        size = GIB if head.startswith(b"GGUF") else len(head)
        tracemalloc.start()
        with pytest.raises(ModelRefused):
            inspect(PrefixSource(head, size))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < times * len(head)

    def test_with_half_a_million_empty_words_stay_within_the_time(self) -> None:
        head = gguf_head([array(8, 500_000, bytes(4_000_000))], [TENSOR])
        started = time.process_time()
        assert refused(Sample(head, GIB)).code is Code.UNCLAIMED_BYTES
        assert time.process_time() - started < 1
