"""GGUF: types, versions, metadata and shards."""

import pytest

from modelfiles import (
    Code,
    MalformedModel,
    ModelReport,
    PrefixSource,
    UnsupportedFormat,
    inspect,
    inspect_set,
)
from modelfiles.formats.gguf_types import TENSOR_TYPES
from tests.modelfiles import samples
from tests.modelfiles.samples import Sample


def source(sample: Sample) -> PrefixSource:
    return PrefixSource(
        sample.head.ljust(min(sample.size, len(sample.head) + 64), b"\0"), sample.size
    )


def inspected(sample: Sample) -> ModelReport:
    return inspect(source(sample))


def one_tensor(label: str, **metadata: object) -> Sample:
    return samples.gguf({"a.weight": ((512, 512), label)}, metadata)


class TestTensorTypes:
    # Bits per weight as the llama.cpp documentation of quantisation publishes them.
    PUBLISHED = {
        "F32": 32, "F16": 16, "BF16": 16, "Q4_0": 4.5, "Q4_1": 5.0, "Q5_0": 5.5, "Q5_1": 6.0,
        "Q8_0": 8.5, "Q2_K": 2.625, "Q3_K": 3.4375, "Q4_K": 4.5, "Q5_K": 5.5, "Q6_K": 6.5625,
        "IQ1_S": 1.5625, "IQ1_M": 1.75, "IQ2_XXS": 2.0625, "IQ2_XS": 2.3125, "IQ2_S": 2.5625,
        "IQ3_XXS": 3.0625, "IQ3_S": 3.4375, "IQ4_XS": 4.25, "IQ4_NL": 4.5, "TQ1_0": 1.6875,
        "TQ2_0": 2.0625, "MXFP4": 4.25, "NVFP4": 4.5, "Q1_0": 1.125,
    }  # fmt: skip

    @pytest.mark.parametrize("label", PUBLISHED)
    def test_have_their_published_bits_per_weight(self, label: str) -> None:
        report = inspected(one_tensor(label))
        assert report.bits_per_weight == self.PUBLISHED[label]
        assert report.parameters == 512 * 512
        assert report.quantisation == label

    @pytest.mark.parametrize("label", [kind.label for kind in TENSOR_TYPES.values()])
    def test_are_quantised_exactly_when_narrow(self, label: str) -> None:
        # Q8_K, which llama.cpp computes with but does not store, takes 9.125 bits.
        is_wide = label in {"F32", "F16", "BF16", "F64", "Q8_K"}
        assert inspected(one_tensor(label)).is_quantised is not is_wide

    def test_count_plain_integers_as_packed_four_bit_weights(self) -> None:
        assert inspected(one_tensor("I32")).parameters == 512 * 512 * 8

    @pytest.mark.parametrize("withdrawn", [4, 5, 31, 32, 33, 36, 38, 43, 2**32 - 1])
    def test_that_are_withdrawn_or_unknown_are_refused(self, withdrawn: int) -> None:
        head = samples.gguf_head([], [samples.gguf_tensor("a", (32, 32), withdrawn, 0)])
        with pytest.raises(MalformedModel) as raised:
            inspected(Sample(head, 100_000))
        assert raised.value.code is Code.UNKNOWN_TENSOR_TYPE


class TestQuantised:
    def test_holds_for_q8_0_although_it_takes_eight_and_a_half_bits(self) -> None:
        report = inspected(samples.gguf_llama(samples.LLAMA_7B, "Q8_0"))
        assert report.is_quantised
        assert 8.5 < report.bits_per_weight < 8.51

    def test_holds_with_a_few_wide_matrices(self) -> None:
        report = inspected(
            samples.gguf({"a.weight": ((9600, 256), "Q4_K"), "b.weight": ((400, 256), "F16")}, {})
        )
        assert report.is_quantised

    def test_fails_when_wide_matrices_are_more_than_a_twentieth(self) -> None:
        report = inspected(
            samples.gguf({"a.weight": ((9400, 256), "Q4_K"), "b.weight": ((600, 256), "F16")}, {})
        )
        assert report.bits_per_weight < 9
        assert not report.is_quantised

    def test_fails_when_the_wide_weights_hide_in_vectors(self) -> None:
        report = inspected(
            samples.gguf({"a.weight": ((256, 256), "Q4_K"), "b": ((256 * 256,), "F32")}, {})
        )
        assert not report.is_quantised

    def test_fails_without_any_matrix(self) -> None:
        assert not inspected(samples.gguf({"a": ((256,), "Q4_K")}, {})).is_quantised


class TestArchitecture:
    def test_is_told_by_the_file_and_proved_by_its_heads(self) -> None:
        report = inspected(one_tensor("F16", **{
            "general.architecture": "bloom", "bloom.attention.head_count": 16,
        }))  # fmt: skip
        assert (report.architecture, report.is_transformer) == ("bloom", "yes")
        assert "transformer: bloom.attention.head_count = 16" in report.evidence

    def test_is_proved_by_heads_listed_per_layer(self) -> None:
        report = inspected(one_tensor("F16", **{"x.attention.head_count": [0, 0, 8]}))
        assert report.is_transformer == "yes"

    def test_is_unproven_when_nothing_tells(self) -> None:
        report = inspected(one_tensor("F16", **{"general.architecture": "thing"}))
        assert report.is_transformer == "unproven"

    def test_is_no_transformer_for_a_recurrent_family_without_heads(self) -> None:
        metadata = {"general.architecture": "mamba", "mamba.attention.head_count": 0}
        tensors = {"blk.0.attn_norm.weight": ((64, 64), "F16")}
        assert inspected(samples.gguf(tensors, metadata)).is_transformer == "no"

    def test_is_a_transformer_when_a_recurrent_name_hides_attention(self) -> None:
        tensors = {"blk.0.attn_q.weight": ((64, 64), "F16")}
        report = inspected(samples.gguf(tensors, {"general.architecture": "mamba"}))
        assert report.is_transformer == "yes"

    def test_is_escaped_before_it_is_shown(self) -> None:
        report = inspected(one_tensor("F16", **{"general.architecture": "a\n\x1b[31m\u202eé" * 20}))
        assert report.architecture.isascii()
        assert report.architecture.isprintable()
        assert len(report.architecture) < 100


class TestVersions:
    @pytest.mark.parametrize("version", [2, 3])
    def test_two_and_three_are_read(self, version: int) -> None:
        sample = samples.gguf({"a.weight": ((32, 32), "Q8_0")}, {}, version)
        assert inspected(sample).parameters == 1024

    @pytest.mark.parametrize(
        ("version", "code"),
        [
            (1, Code.GGUF_VERSION),
            (4, Code.GGUF_VERSION),
            (3 << 24, Code.BIG_ENDIAN),
            (0, Code.GGUF_VERSION),
        ],
    )
    def test_others_are_refused(self, version: int, code: Code) -> None:
        with pytest.raises(UnsupportedFormat) as raised:
            inspected(samples.gguf({"a.weight": ((32, 32), "Q8_0")}, {}, version))
        assert raised.value.code is code

    def test_honours_the_declared_alignment(self) -> None:
        tensors = {"a": ((3, 3), "F32"), "b": ((3, 3), "F32")}
        sample = samples.gguf(tensors, {"general.alignment": 4096}, alignment=4096)
        sample = Sample(sample.head.ljust(4096, b"\0"), sample.size)
        assert inspected(sample).parameters == 18


class TestShards:
    def shard(self, index: int, count: int, name: str) -> PrefixSource:
        split = {"split.no": index, "split.count": count}
        return source(samples.gguf({name: ((512, 512), "Q4_0")}, split))

    def test_alone_are_refused_for_they_look_small(self) -> None:
        with pytest.raises(MalformedModel) as raised:
            inspect(self.shard(0, 3, "a"))
        assert raised.value.code is Code.INCOMPLETE_SET
        assert raised.value.facts == {"found": 1, "needed": 3}

    def test_together_are_one_model(self) -> None:
        shards = [self.shard(n, 3, f"t{n}") for n in range(3)]
        report = inspect_set(shards)
        assert report.parameters == 3 * 512 * 512
        assert report.file_bytes == sum(shard.size for shard in shards)
        assert report.header_sha256 != inspect_set(shards[::-1]).header_sha256

    def test_given_twice_do_not_stand_in_for_the_missing_one(self) -> None:
        with pytest.raises(MalformedModel) as raised:
            inspect_set([self.shard(0, 2, "a"), self.shard(0, 2, "b")])
        assert raised.value.code is Code.INCOMPLETE_SET

    def test_holding_the_same_tensor_are_refused(self) -> None:
        with pytest.raises(MalformedModel) as raised:
            inspect_set([self.shard(0, 2, "a"), self.shard(1, 2, "a")])
        assert raised.value.code is Code.DUPLICATE_TENSOR

    def test_of_two_formats_are_refused(self) -> None:
        other = samples.safetensors({"x": ((2, 2), "F32")})
        with pytest.raises(MalformedModel) as raised:
            inspect_set([source(one_tensor("F16")), source(other)])
        assert raised.value.code is Code.INCOMPLETE_SET

    def test_of_an_empty_set_are_refused(self) -> None:
        with pytest.raises(MalformedModel):
            inspect_set([])

    def test_adds_an_adapter_to_its_base(self) -> None:
        base = source(one_tensor("Q4_0"))
        adapter = source(
            samples.gguf({"a.weight.lora_a": ((8, 512), "F16")}, {"general.type": "adapter"})
        )
        report = inspect_set([base, adapter])
        assert report.parameters == 512 * 512 + 8 * 512
        assert any("adapter" in note for note in report.evidence)
