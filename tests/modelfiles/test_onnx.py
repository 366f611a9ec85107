"""ONNX: inline and external tensors, packed operators, and everything that can hide weights."""

from pathlib import Path

import pytest

from modelfiles import (
    Code,
    FileSource,
    MalformedModel,
    ModelReport,
    NeedMoreBytes,
    PrefixSource,
    inspect,
)
from modelfiles.cursor import Cursor
from modelfiles.formats.protobuf import Walker
from tests.modelfiles import samples
from tests.modelfiles.samples import Sample
from tests.modelfiles.samples_onnx import (
    FLOAT,
    FLOAT16,
    INT8,
    INT64,
    UINT4,
    UINT8,
    blob,
    number,
    onnx,
    onnx_external,
    onnx_nbits,
    onnx_node,
    onnx_tensor,
)

RAW, FLOAT_DATA, INT64_DATA = 9, 4, 7


def inspected(sample: Sample) -> ModelReport:
    return inspect(PrefixSource(sample.head, sample.size))


def refusal(sample: Sample) -> Code:
    with pytest.raises(MalformedModel) as raised:
        inspected(sample)
    return raised.value.code


def raw(name: str, shape: samples.Shape, kind: int, size: int) -> bytes:
    return onnx_tensor(name, shape, kind, blob(RAW, bytes(size)))


class TestOnnx:
    def test_counts_inline_and_typed_and_external_tensors(self) -> None:
        tensors = [
            raw("a", (10, 10), FLOAT, 400),
            onnx_tensor("b", (5, 2), FLOAT, blob(FLOAT_DATA, bytes(40))),
            onnx_tensor("c", (1000, 1000), FLOAT16, onnx_external("data.bin", 4096, 2_000_000)),
        ]
        report = inspected(onnx([], tensors))
        assert report.parameters == 1_000_110
        assert report.weight_bytes == 2_000_440
        assert report.file_bytes > 2_000_000

    def test_counts_matmul_nbits_by_its_dimensions(self) -> None:
        report = inspected(onnx_nbits(samples.LLAMA_7B))
        assert report.parameters == samples.LLAMA_7B.parameters
        assert report.is_quantised
        assert report.quantisation == "MatMulNBits 4-bit"

    def test_refuses_matmul_nbits_whose_bytes_say_otherwise(self) -> None:
        node = onnx_node("MatMulNBits", ["x", "w"], K=64, N=64, bits=4, block_size=32)
        assert refusal(onnx([node], [raw("w", (64, 2, 32), UINT8, 4096)])) is Code.SIZE_MISMATCH

    def test_counts_the_room_when_blocks_are_mostly_padding(self) -> None:
        node = onnx_node("MatMulNBits", ["x", "w"], K=1, N=64, bits=4, block_size=256)
        report = inspected(onnx([node], [raw("w", (64, 1, 128), UINT8, 8192)]))
        assert report.parameters == 64 * 256

    def test_counts_bytes_that_an_operator_reads_one_by_one(self) -> None:
        node = onnx_node("DequantizeLinear", ["w", "s", "z"])
        tensors = [
            raw("w", (64, 64), UINT8, 4096),
            raw("s", (64,), FLOAT, 256),
            raw("z", (64,), UINT8, 64),
        ]
        report = inspected(onnx([node], tensors))
        assert (report.parameters, report.is_quantised) == (4096, True)

    def test_counts_scales_that_together_are_too_large_to_be_scales(self) -> None:
        nodes = [onnx_node("DequantizeLinear", ["w", f"s{n}"]) for n in range(100)]
        scales = [raw(f"s{n}", (300,), FLOAT, 1200) for n in range(100)]
        report = inspected(onnx(nodes, [raw("w", (64, 64), UINT8, 4096), *scales]))
        assert report.parameters == 4096 + 99 * 300

    def test_counts_unexplained_bytes_as_two_weights_each(self) -> None:
        assert inspected(onnx([], [raw("w", (64, 64), UINT8, 4096)])).parameters == 8192

    def test_counts_four_bit_elements_as_they_are(self) -> None:
        report = inspected(onnx([], [raw("w", (64, 64), UINT4, 2048)]))
        assert (report.parameters, report.bits_per_weight) == (4096, 4.0)

    def test_takes_the_larger_count_where_two_operators_disagree(self) -> None:
        nodes = [
            onnx_node("DequantizeLinear", ["w", "s"]),
            onnx_node("GatherBlockQuantized", ["w", "i", "s"], bits=4),
        ]
        assert inspected(onnx(nodes, [raw("w", (64, 64), UINT8, 4096)])).parameters == 8192

    def test_counts_a_shared_external_buffer_once(self) -> None:
        tensors = [
            onnx_tensor(name, (100, 10), FLOAT, onnx_external("d", 0, 4000)) for name in "abc"
        ]
        report = inspected(onnx([], tensors))
        assert (report.parameters, report.weight_bytes) == (1000, 4000)

    def test_counts_the_largest_reading_of_a_shared_buffer(self) -> None:
        tensors = [
            onnx_tensor("a", (1000,), FLOAT, onnx_external("d", 0, 4000)),
            onnx_tensor("b", (4000,), UINT8, onnx_external("d", 0, 4000)),
        ]
        assert inspected(onnx([], tensors)).parameters == 8000

    @pytest.mark.parametrize("length", [None, "0", 4000])
    def test_takes_a_length_of_nothing_for_one_left_out(self, length: int | str | None) -> None:
        tensor = onnx_tensor("a", (1000,), FLOAT, onnx_external("d", 0, length))
        report = inspected(onnx([], [tensor]))
        assert (report.parameters, report.weight_bytes) == (1000, 4000)

    @pytest.mark.parametrize(
        "location",
        [
            blob(1, "location") + blob(2, "weights.bin"),
            blob(2, "weights.bin") + blob(1, "location"),
            blob(1, "offset") + blob(1, "location") + blob(2, "weights.bin"),
            blob(1, "location") + blob(2, "gewichte-für-alle.bin"),
            blob(1, "location") + blob(2, "w" * 200),
            blob(1, "location") + blob(3, "unknown") + blob(2, "weights.bin"),
        ],
        ids=["in order", "in reverse", "given twice", "beyond ASCII", "long", "among others"],
    )
    def test_reads_an_external_location_however_it_is_written(self, location: bytes) -> None:
        outside = blob(13, location) + number(14, 1)
        report = inspected(onnx([], [onnx_tensor("a", (10,), FLOAT, outside)]))
        assert report.parameters == 10
        assert report.file_bytes > 40

    def test_reads_little_between_inline_tensors(self, tmp_path: Path) -> None:
        tensors = [raw(f"t{n}", (256, 256), FLOAT, 4 * 256 * 256) for n in range(100)]
        sample = onnx([], tensors)
        with FileSource(sample.write(tmp_path / "model")) as source:
            report = inspect(source)
        assert report.parameters == 100 * 256 * 256
        assert report.bytes_read < sample.size // 100

    def test_refuses_external_buffers_that_overlap(self) -> None:
        tensors = [
            onnx_tensor("a", (10,), FLOAT, onnx_external("d", 0)),
            onnx_tensor("b", (10,), FLOAT, onnx_external("d", 20)),
        ]
        assert refusal(onnx([], tensors)) is Code.TENSORS_OVERLAP

    def test_finds_weights_in_constants_bodies_and_functions(self) -> None:
        constant = onnx_node("Constant", [], blob(5, blob(5, raw("", (10,), FLOAT, 40))))
        body = blob(5, raw("b", (20,), FLOAT, 80))
        branch = onnx_node("If", ["c"], blob(5, blob(1, "then_branch") + blob(6, body)))
        inner = Sample(onnx([branch], []).head + blob(25, blob(7, constant)), 0)
        assert inspected(Sample(inner.head, len(inner.head))).parameters == 30

    @pytest.mark.parametrize(
        "path",
        [
            "../../etc/passwd",
            "/etc/passwd",
            "a/../../b",
            "C:\\model.bin",
            "C:model",
            "..\\x",
            "\\\\h\\s",
            "",
            "a\0b",
        ],
    )
    def test_refuses_external_paths_out_of_the_folder(self, path: str) -> None:
        tensor = onnx_tensor("a", (10,), FLOAT, onnx_external(path, 0, 40))
        assert refusal(onnx([], [tensor])) is Code.EXTERNAL_PATH

    @pytest.mark.parametrize(
        ("tensor", "code"),
        [
            (raw("w", (10,), FLOAT, 44), Code.SIZE_MISMATCH),
            (onnx_tensor("w", (10,), FLOAT), Code.SIZE_MISMATCH),
            (onnx_tensor("w", (10,), FLOAT, onnx_external("d", 0, 4)), Code.SIZE_MISMATCH),
            (onnx_tensor("w", (10,), FLOAT, onnx_external("d", "-1", 40)), Code.BAD_VALUE),
            (onnx_tensor("w", (10,), FLOAT, onnx_external("d", "9" * 30)), Code.BAD_VALUE),
            (onnx_tensor("w", (10,), 99, blob(RAW, bytes(40))), Code.UNKNOWN_TENSOR_TYPE),
            (onnx_tensor("w", (2**32, 2**32), FLOAT), Code.BAD_SHAPE),
            (onnx_tensor("w", (1,), FLOAT, 2 * blob(RAW, bytes(4))), Code.UNCLAIMED_BYTES),
            (
                onnx_tensor("w", (1,), FLOAT, blob(RAW, bytes(4)) + blob(FLOAT_DATA, bytes(4))),
                Code.UNCLAIMED_BYTES,
            ),
            (
                onnx_tensor("w", (1,), FLOAT, onnx_external("d") + blob(RAW, bytes(99))),
                Code.UNCLAIMED_BYTES,
            ),
            (onnx_tensor("w", (1,), FLOAT, blob(3, b"")), Code.OPAQUE_WEIGHTS),
        ],
    )
    def test_refuses_tensors_that_contradict_themselves(self, tensor: bytes, code: Code) -> None:
        assert refusal(onnx([], [tensor])) is code

    def test_refuses_two_tensors_of_one_name(self) -> None:
        tensors = [raw("w", (1,), FLOAT, 4)] * 2
        assert refusal(onnx([], tensors)) is Code.DUPLICATE_TENSOR

    def test_refuses_sparse_weights_and_compiled_engines(self) -> None:
        assert refusal(onnx([], [], blob(15, b""))) is Code.UNKNOWN_TENSOR_TYPE
        assert refusal(onnx([onnx_node("EPContext", [])], [])) is Code.OPAQUE_WEIGHTS

    def test_refuses_bodies_within_bodies_without_end(self) -> None:
        body = b""
        for _ in range(100):
            body = blob(1, onnx_node("If", [], blob(5, blob(6, body))))
        assert refusal(onnx([], [], body)) is Code.NESTING_TOO_DEEP

    def test_refuses_more_fields_than_any_graph_has(self) -> None:
        fields = number(99, 1) * 20
        walker = Walker(Cursor(PrefixSource(fields, len(fields))), max_fields=19)
        with pytest.raises(MalformedModel) as raised:
            list(walker.fields(len(fields)))
        assert raised.value.code is Code.TOO_MANY_ENTRIES

    @pytest.mark.parametrize(
        ("tail", "code"),
        [
            (b"\x3b", Code.BAD_PROTOBUF),  # a group
            (b"\x3a\x02\x0a\x09", Code.BAD_PROTOBUF),  # longer than its parent
            (b"\x3a\xff\xff\xff\xff\x0f", Code.TRUNCATED),  # longer than the file
            (b"\xff" * 11, Code.BAD_PROTOBUF),  # a varint without end
            (b"\x00\x00", Code.BAD_PROTOBUF),  # field 0
            (b"\x3a", Code.TRUNCATED),
        ],
    )
    def test_refuses_broken_messages(self, tail: bytes, code: Code) -> None:
        head = onnx([], [raw("w", (1,), FLOAT, 4)]).head + tail
        assert refusal(Sample(head, len(head))) is code

    @pytest.mark.parametrize("left", [0.1, 0.5, 0.99])
    def test_tells_of_a_file_that_was_cut_where_it_should_end(self, left: float) -> None:
        whole = onnx([], [raw("w", (1000,), FLOAT, 4000)]).head
        cut = whole[: int(left * len(whole))]
        with pytest.raises(MalformedModel) as raised:
            inspect(PrefixSource(cut, len(cut)))
        assert raised.value.code is Code.TRUNCATED
        assert raised.value.facts == {"needed": len(whole), "size": len(cut)}

    def test_asks_for_more_when_inline_weights_hide_the_rest(self) -> None:
        sample = onnx([], [raw("a", (1_000_000,), FLOAT, 4_000_000), raw("b", (1,), FLOAT, 4)])
        with pytest.raises(NeedMoreBytes) as raised:
            inspect(PrefixSource(sample.head[:1000], sample.size))
        assert raised.value.needed > 4_000_000

    def test_does_not_read_the_payloads(self) -> None:
        report = inspected(onnx([], [raw("a", (1_000_000,), FLOAT, 4_000_000)]))
        assert report.bytes_read < 200_000


class TestAttention:
    def test_is_proved_by_an_operator(self) -> None:
        nodes = [onnx_node("MultiHeadAttention", [])]
        assert inspected(onnx(nodes, [raw("w", (9,), FLOAT, 36)])).is_transformer == "yes"

    def test_is_proved_by_two_products_for_every_softmax(self) -> None:
        nodes = [onnx_node(name, []) for name in ("MatMul", "Softmax", "MatMul")] * 2
        assert inspected(onnx(nodes, [raw("w", (9,), FLOAT, 36)])).is_transformer == "yes"

    def test_is_not_proved_by_a_classifier_that_ends_in_a_softmax(self) -> None:
        nodes = [onnx_node(name, []) for name in ("Conv", "Gemm", "Gemm", "Softmax")]
        kernels = raw("w", (8, 8, 3, 3), FLOAT, 2304)
        assert inspected(onnx(nodes, [kernels])).is_transformer == "no"


class TestSmallPayloads:
    def test_accepts_numbers_stored_as_varints(self) -> None:
        payload = number(INT64_DATA, 5) + number(INT64_DATA, 1 << 63)
        report = inspected(
            onnx([], [onnx_tensor("s", (2,), INT64, payload), raw("w", (9,), INT8, 9)])
        )
        assert report.parameters == 2 * 16 + 9 * 2
