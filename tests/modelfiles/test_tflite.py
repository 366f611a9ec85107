"""TFLite: where weights stand, what integers are, and what proves an architecture."""

from dataclasses import replace
from pathlib import Path

import pytest

from modelfiles import Code, FileSource, MalformedModel, ModelReport, PrefixSource, inspect
from modelfiles.cursor import READ_BUDGET
from modelfiles.errors import NeedMoreBytes
from tests.modelfiles import samples_tflite as tfl
from tests.modelfiles.samples import HALF_B, LLAMA_7B, Sample
from tests.modelfiles.samples_tflite import Constant, Model, Operator


def inspected(sample: Sample) -> ModelReport:
    return inspect(PrefixSource(sample.head, sample.size))


def model(*constants: Constant, operators: list[Operator] | None = None) -> ModelReport:
    return inspected(tfl.inline(Model(list(constants), operators or [])))


class TestPlaces:
    CONSTANTS = (Constant("a", (64, 64)), Constant("b", (3,)), Constant("c", (5, 7), tfl.FLOAT16))

    def test_of_weights_may_be_within_the_flatbuffer(self) -> None:
        report = model(*self.CONSTANTS)
        assert report.format == "tflite"
        assert report.parameters == 64 * 64 + 3 + 35
        assert report.weight_bytes == 4 * (64 * 64 + 3) + 2 * 35

    def test_of_weights_may_be_behind_it(self) -> None:
        assert (
            inspected(tfl.behind(Model(list(self.CONSTANTS)))).parameters
            == model(*self.CONSTANTS).parameters
        )

    def test_of_a_7b_model_are_found_in_less_than_a_mebibyte(self, tmp_path: Path) -> None:
        sample = tfl.tflite_llama(LLAMA_7B)
        with FileSource(sample.write(tmp_path / "model")) as source:
            report = inspect(source)
        assert report.parameters == LLAMA_7B.parameters
        assert (report.is_quantised, report.is_transformer) == (True, "yes")
        assert report.quantisation == "I4"
        assert report.bytes_read < 2**20 < 3_000_000_000 < report.file_bytes
        prefix = inspect(PrefixSource(sample.head, sample.size))
        assert replace(prefix, bytes_read=report.bytes_read) == report

    def test_beyond_a_prefix_are_asked_for(self) -> None:
        sample = tfl.tflite_llama(HALF_B)
        with pytest.raises(NeedMoreBytes) as raised:
            inspect(PrefixSource(sample.head[:5000], sample.size))
        assert 5000 < raised.value.needed <= sample.size

    def test_scattered_between_large_buffers_cost_a_page_each(self, tmp_path: Path) -> None:
        sample = tfl.inline(Model([Constant(f"t{n}", (256, 256)) for n in range(100)]))
        with FileSource(sample.write(tmp_path / "model")) as source:
            report = inspect(source)
        assert report.parameters == 100 * 256 * 256
        assert report.bytes_read < sample.size // 20

    def test_shared_by_two_tensors_count_once_at_the_larger_count(self) -> None:
        shared = tfl.model(
            Model([Constant("a", (8, 8), tfl.INT8), Constant("b", (8, 8), tfl.INT8, scales=1)]),
            [tfl.Table({1: tfl.u64(4096), 2: tfl.u64(64)})] * 2,
        )
        head = tfl.flatbuffer(shared)
        report = inspected(Sample(head, 4096 + 64))
        assert (report.parameters, report.weight_bytes) == (128, 64)


class TestIntegers:
    @pytest.mark.parametrize(
        ("kind", "stored_bits"), [(tfl.INT8, 8), (tfl.UINT8, 8), (tfl.INT4, 4), (tfl.INT16, 16)]
    )
    def test_with_scales_are_a_weight_each(self, kind: int, stored_bits: int) -> None:
        report = model(Constant("w", (32, 64), kind, scales=32))
        assert report.parameters == 32 * 64
        assert report.bits_per_weight == stored_bits

    def test_without_scales_are_packed_weights(self) -> None:
        report = model(Constant("w", (32, 64), tfl.INT8))
        assert report.parameters == 2 * 32 * 64
        assert report.quantisation == "I8 as packed 4-bit"

    def test_of_32_bits_are_biases_where_an_operator_adds_them(self) -> None:
        weights = Constant("w", (10, 3, 3, 4), tfl.INT8, scales=10)
        bias = Constant("b", (10,), tfl.INT32, scales=10)
        convolution = Operator(tfl.CONV_2D, (2, 0, 1), (2,))
        assert model(weights, bias, operators=[convolution]).parameters == 360 + 10
        assert model(weights, bias).parameters == 360 + 80

    def test_of_32_bits_are_no_biases_in_another_number(self) -> None:
        weights = Constant("w", (10, 3, 3, 4), tfl.INT8, scales=10)
        bias = Constant("b", (1000,), tfl.INT32, scales=1)
        convolution = Operator(tfl.CONV_2D, (2, 0, 1), (2,))
        assert model(weights, bias, operators=[convolution]).parameters == 360 + 8000

    def test_in_blocks_have_their_scales_in_another_tensor(self) -> None:
        weights = Constant("w", (64, 64), tfl.INT4, blocks=1)
        scales = Constant("s", (64, 2), tfl.FLOAT16)
        report = model(weights, scales)
        assert report.parameters == 64 * 64
        assert report.is_quantised

    def test_in_blocks_hide_no_weights_in_their_scales(self) -> None:
        weights = Constant("w", (64, 64), tfl.INT4, blocks=1)
        assert model(weights, Constant("s", (64, 64), tfl.FLOAT16)).parameters == 2 * 64 * 64


class TestArchitecture:
    def test_is_a_transformer_by_two_products_for_each_softmax(self) -> None:
        products = [Operator(tfl.BATCH_MATMUL), Operator(tfl.SOFTMAX), Operator(tfl.BATCH_MATMUL)]
        assert model(Constant("w", (8, 8)), operators=products * 2).is_transformer == "yes"
        assert model(Constant("w", (8, 8)), operators=products).is_transformer == "unproven"

    @pytest.mark.parametrize("name", ["bert/encoder/layer_0/attention/self/query/MatMul", "x/wq"])
    def test_is_a_transformer_by_a_tensors_name(self, name: str) -> None:
        assert model(Constant(name, (8, 8))).is_transformer == "yes"

    def test_is_a_transformer_by_a_custom_operator(self) -> None:
        operators = [Operator("FusedAttention")]
        assert model(Constant("w", (8, 8)), operators=operators).is_transformer == "yes"

    @pytest.mark.parametrize(
        ("code", "shape"),
        [
            (tfl.CONV_2D, (64, 3, 3, 16)),
            (tfl.DEPTHWISE_CONV_2D, (1, 3, 3, 512)),
            (67, (8, 5, 5, 8)),
        ],
    )
    def test_is_none_where_kernels_are_nearly_all(self, code: int, shape: tuple[int, ...]) -> None:
        operators = [Operator(code, (1, 0, -1), (1,))]
        assert model(Constant("w", shape), operators=operators).is_transformer == "no"

    def test_is_none_where_kernels_are_kept_in_16_bits(self) -> None:
        operators = [Operator(tfl.DEQUANTIZE, (0,), (1,)), Operator(tfl.CONV_2D, (2, 1, -1), (2,))]
        weights = Constant("w", (64, 3, 3, 16), tfl.FLOAT16)
        assert model(weights, operators=operators).is_transformer == "no"

    def test_is_unproven_where_only_the_shape_is_a_kernels(self) -> None:
        assert model(Constant("w", (64, 64, 3, 3))).is_transformer == "unproven"
        assert (
            model(Constant("w", (64, 1, 1, 64)), operators=[Operator(tfl.CONV_2D, (1, 0), (1,))])
        ).is_transformer == "unproven"


class TestRest:
    def test_may_be_as_long_as_the_read_budget(self) -> None:
        head = tfl.inline(Model([Constant("w", (8, 8))])).head
        assert inspected(Sample(head, 256 + READ_BUDGET)).parameters == 64

    def test_hides_nothing_larger(self) -> None:
        head = tfl.inline(Model([Constant("w", (8, 8))])).head
        with pytest.raises(MalformedModel) as raised:
            inspected(Sample(head, 257 + READ_BUDGET))
        assert raised.value.code is Code.UNCLAIMED_BYTES

    def test_counts_texts_among_it(self) -> None:
        words = Constant("words", (100,), tfl.INT8)
        what = Model([replace(words, type=tfl.INT8), Constant("w", (8, 8))])
        root = tfl.model(
            replace(what, constants=[replace(words, type=tfl.STRING), what.constants[1]]),
            [tfl.Table({0: tfl.Vector(c.stored, bytes(c.stored))}) for c in what.constants],
        )
        head = tfl.flatbuffer(root)
        assert inspected(Sample(head, len(head))).parameters == 64
