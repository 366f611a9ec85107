"""safetensors: packed weights are counted by what they can hold."""

import pytest

from modelfiles import ModelReport, PrefixSource, inspect
from tests.modelfiles import samples
from tests.modelfiles.samples import Sample, Shape

N, K = 1024, 2048
WEIGHTS = N * K

Tensors = dict[str, tuple[Shape, str]]


def inspected(sample: Sample) -> ModelReport:
    return inspect(PrefixSource(sample.head, sample.size))


def count(tensors: Tensors, metadata: dict[str, str] | None = None) -> int:
    return inspected(samples.safetensors(tensors, metadata)).parameters


def gptq(bits: int, group: int = 128) -> Tensors:
    return {
        "m.qweight": ((K * bits // 32, N), "I32"),
        "m.qzeros": ((K // group, N * bits // 32), "I32"),
        "m.scales": ((K // group, N), "F16"),
        "m.g_idx": ((K,), "I32"),
    }


def without(tensors: Tensors, *names: str) -> Tensors:
    return {name: value for name, value in tensors.items() if name not in names}


class TestGptqAndAwq:
    @pytest.mark.parametrize("bits", [2, 3, 4, 8])
    def test_width_is_read_from_the_shapes(self, bits: int) -> None:
        assert count(gptq(bits)) == WEIGHTS
        assert count(without(gptq(bits), "m.g_idx")) == WEIGHTS

    def test_is_not_undercounted_as_by_shapes(self) -> None:
        report = inspected(samples.safetensors_gptq(samples.LLAMA_13B))
        by_shape = 2_030_000_000
        assert report.parameters == samples.LLAMA_13B.parameters > 6 * by_shape
        assert report.quantisation == "GPTQ 4-bit"
        assert any("counted by capacity" in note for note in report.evidence)

    def test_awq_packs_along_the_outputs(self) -> None:
        report = inspected(samples.safetensors_awq(samples.LLAMA_7B))
        assert report.parameters == samples.LLAMA_7B.parameters
        assert report.quantisation == "AWQ 4-bit"

    def test_is_four_bits_when_nothing_tells(self) -> None:
        assert count({"m.qweight": ((K // 8, N), "I32")}) == WEIGHTS

    def test_declaration_cannot_lower_the_count(self) -> None:
        declared = {"quantization_config": '{"bits": 8, "damp_percent": 0.01}'}
        assert count({"m.qweight": ((K // 8, N), "I32")}, declared) == WEIGHTS
        assert count(gptq(4), declared) == WEIGHTS

    def test_declaration_of_fewer_bits_raises_the_count(self) -> None:
        declared = {"quantize_config": '{"bits": 2}'}
        assert count({"m.qweight": ((K // 8, N), "I32")}, declared) == 2 * WEIGHTS

    def test_free_text_in_place_of_a_declaration_is_ignored(self) -> None:
        assert count(gptq(4), {"quantization": "four bits, mostly"}) == WEIGHTS

    def test_larger_count_stands_where_index_and_zeros_disagree(self) -> None:
        tensors = gptq(4) | {"m.g_idx": ((K // 2,), "I32")}
        assert count(tensors) == WEIGHTS

    def test_scales_count_as_bytes_only(self) -> None:
        report = inspected(samples.safetensors(gptq(4, group=32)))
        assert report.parameters == WEIGHTS
        assert report.bits_per_weight > 4.5

    def test_weights_under_the_name_of_scales_are_counted(self) -> None:
        hidden = gptq(4) | {"m.scales": ((WEIGHTS,), "F16")}
        assert count(hidden) >= 2 * WEIGHTS


class TestOtherPackings:
    @pytest.mark.parametrize(("bits", "group"), [(4, 64), (4, 32), (4, 128), (2, 32), (3, 64)])
    def test_mlx_is_read_from_its_groups(self, bits: int, group: int) -> None:
        tensors: Tensors = {
            "m.weight": ((N, K * bits // 32), "U32"),
            "m.scales": ((N, K // group), "F16"),
            "m.biases": ((N, K // group), "F16"),
        }
        report = inspected(samples.safetensors(tensors))
        assert report.parameters == WEIGHTS
        assert report.quantisation == f"MLX {bits}-bit"

    def test_compressed_tensors_is_read_from_its_groups(self) -> None:
        tensors: Tensors = {
            "m.weight_packed": ((N, K // 8), "I32"),
            "m.weight_scale": ((N, K // 128), "BF16"),
            "m.weight_shape": ((2,), "I64"),
        }
        assert count(tensors) == WEIGHTS

    def test_bitsandbytes_bytes_hold_two_weights(self) -> None:
        tensors: Tensors = {
            "m.weight": ((WEIGHTS // 2, 1), "U8"),
            "m.weight.absmax": ((WEIGHTS // 64,), "U8"),
            "m.weight.nested_absmax": ((WEIGHTS // 64 // 256,), "F32"),
            "m.weight.quant_map": ((16,), "F32"),
            "m.weight.quant_state.bitsandbytes__nf4": ((80,), "U8"),
        }
        report = inspected(samples.safetensors(tensors))
        assert (report.parameters, report.quantisation) == (WEIGHTS, "bitsandbytes 4-bit")
        assert report.is_quantised

    def test_mxfp4_blocks_hold_two_weights_a_byte(self) -> None:
        tensors: Tensors = {
            "experts.up_blocks": ((N, K // 32, 16), "U8"),
            "experts.up_scales": ((N, K // 32), "U8"),
        }
        report = inspected(samples.safetensors(tensors))
        assert (report.parameters, report.quantisation) == (WEIGHTS, "MXFP4")

    @pytest.mark.parametrize(("group", "per_byte"), [(16, 2), (32, 1)])
    def test_int8_with_microscales_is_four_or_eight_bits(self, group: int, per_byte: int) -> None:
        tensors: Tensors = {
            "w1.weight": ((N, K // per_byte), "I8"),
            "w1.scale": ((N, K // 32), "F8_E8M0"),
        }
        assert count(tensors) == WEIGHTS
        assert group * per_byte == 32

    def test_nvfp4_holds_two_weights_a_byte(self) -> None:
        tensors: Tensors = {
            "m.weight": ((N, K // 2), "U8"),
            "m.weight_scale": ((N, K // 16), "F8_E4M3"),
            "m.weight_scale_2": ((), "F32"),
            "m.input_scale": ((), "F32"),
        }
        report = inspected(samples.safetensors(tensors))
        assert (report.parameters, report.quantisation) == (WEIGHTS, "NVFP4")

    def test_int8_with_scales_is_one_weight_a_byte(self) -> None:
        tensors: Tensors = {"m.weight": ((N, K), "I8"), "m.SCB": ((N,), "F32")}
        report = inspected(samples.safetensors(tensors))
        assert (report.parameters, report.quantisation) == (WEIGHTS, "int8")

    def test_fp8_with_block_scales_is_quantised(self) -> None:
        tensors: Tensors = {
            "m.weight": ((N, K), "F8_E4M3"),
            "m.weight_scale_inv": ((N // 128, K // 128), "F32"),
        }
        report = inspected(samples.safetensors(tensors))
        assert (report.parameters, report.is_quantised) == (WEIGHTS, True)

    @pytest.mark.parametrize(("dtype", "width"), [("U8", 1), ("I8", 1), ("I32", 4), ("I64", 8)])
    def test_unexplained_integers_are_taken_for_four_bit_weights(
        self, dtype: str, width: int
    ) -> None:
        assert count({"mystery": ((N, K), dtype)}) == WEIGHTS * width * 2

    def test_flattened_integers_are_no_hiding_place(self) -> None:
        assert count({"mystery": ((WEIGHTS,), "U8")}) == WEIGHTS * 2


class TestTransformer:
    @pytest.mark.parametrize(
        "name",
        [
            "model.layers.0.self_attn.q_proj.weight",
            "transformer.h.0.attn.c_attn.weight",
            "encoder.layer.0.attention.self.query.weight",
            "encoder.block.0.layer.0.SelfAttention.q.weight",
            "gpt_neox.layers.0.attention.query_key_value.weight",
            "layers.0.in_proj_weight",
            "down_blocks.0/to_q",
            "blk.0.attn_qkv.weight",
        ],
    )
    def test_is_proved_by_a_name(self, name: str) -> None:
        report = inspected(samples.safetensors({name: ((64, 64), "F16")}))
        assert report.is_transformer == "yes"

    @pytest.mark.parametrize(
        "name",
        ["blk.0.attn_norm.weight", "a.post_attention_layernorm.weight", "mixer.in_proj.weight"],
    )
    def test_is_unproven_by_names_that_others_use_too(self, name: str) -> None:
        report = inspected(samples.safetensors({name: ((64, 64), "F16")}))
        assert report.is_transformer == "unproven"

    def test_is_disproved_by_convolutions(self) -> None:
        report = inspected(samples.safetensors({"a.weight": ((64, 64, 3, 3), "F16")}))
        assert report.is_transformer == "no"

    @pytest.mark.parametrize("shape", [(64, 64, 1, 1), (8, 64, 64), (64, 64), (64, 64, 64, 64)])
    def test_is_unproven_by_matrices_in_other_shapes(self, shape: Shape) -> None:
        report = inspected(samples.safetensors({"a.weight": (shape, "F16")}))
        assert report.is_transformer == "unproven"
