"""Whole files on disk, as large as real ones, through inspection and placement."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from modelfiles import FileSource, ModelReport, PrefixSource, inspect
from modelhub.rules import Placement, judge
from tests.modelfiles.samples import (
    HALF_B,
    LLAMA_7B,
    LLAMA_13B,
    MISTRAL_7B,
    Llama,
    Sample,
    gguf_llama,
    safetensors,
    safetensors_awq,
    safetensors_gptq,
    safetensors_llama,
)
from tests.modelfiles.samples_onnx import onnx_nbits
from tests.modelhub.seed_caps import SEED_CAPS


def inspect_on_disk(sample: Sample, folder: Path) -> ModelReport:
    with FileSource(sample.write(folder / "model")) as source:
        return inspect(source)


# name: (the file, the model it stores, where it may run)
CASES: dict[str, tuple[Callable[[], Sample], Llama, tuple[Placement, ...]]] = {
    "llama 7B Q4_K": (lambda: gguf_llama(LLAMA_7B, "Q4_K"), LLAMA_7B, ("cloud", "edge")),
    "llama 7B Q8_0": (lambda: gguf_llama(LLAMA_7B, "Q8_0"), LLAMA_7B, ("cloud", "edge")),
    "llama 7B F16": (lambda: gguf_llama(LLAMA_7B, "F16"), LLAMA_7B, ("cloud",)),
    "llama 7B BF16": (lambda: safetensors_llama(LLAMA_7B, "BF16"), LLAMA_7B, ("cloud",)),
    "llama 7B FP8": (lambda: safetensors_llama(LLAMA_7B, "F8_E4M3"), LLAMA_7B, ("cloud", "edge")),
    "llama 7B GPTQ": (lambda: safetensors_gptq(LLAMA_7B), LLAMA_7B, ("cloud", "edge")),
    "llama 7B ONNX": (lambda: onnx_nbits(LLAMA_7B), LLAMA_7B, ("cloud", "edge")),
    "llama 13B Q4_K": (lambda: gguf_llama(LLAMA_13B, "Q4_K"), LLAMA_13B, ()),
    "llama 13B IQ1_S": (lambda: gguf_llama(LLAMA_13B, "IQ1_S"), LLAMA_13B, ()),
    "llama 13B F16": (lambda: safetensors_llama(LLAMA_13B, "F16"), LLAMA_13B, ()),
    "llama 13B GPTQ": (lambda: safetensors_gptq(LLAMA_13B), LLAMA_13B, ()),
    "llama 13B AWQ": (lambda: safetensors_awq(LLAMA_13B), LLAMA_13B, ()),
    "llama 13B ONNX": (lambda: onnx_nbits(LLAMA_13B), LLAMA_13B, ()),
    "mistral 7.24B Q4_K": (lambda: gguf_llama(MISTRAL_7B, "Q4_K"), MISTRAL_7B, ("cloud",)),
    "0.5B F16": (lambda: safetensors_llama(HALF_B, "F16"), HALF_B, ("cloud", "device")),
    "0.5B Q4_K": (lambda: gguf_llama(HALF_B, "Q4_K"), HALF_B, ("cloud", "edge", "device")),
}


class TestPlacementOfFiles:
    @pytest.mark.parametrize("name", CASES)
    def test_counts_every_parameter_and_finds_the_placements(
        self, name: str, tmp_path: Path
    ) -> None:
        make, model, placements = CASES[name]
        report = inspect_on_disk(make(), tmp_path)
        assert report.parameters == model.parameters
        assert report.file_bytes >= report.weight_bytes > 0
        assert judge(report, SEED_CAPS).allowed == placements

    def test_knows_the_published_sizes(self) -> None:
        assert LLAMA_7B.parameters == 6_738_415_616
        assert LLAMA_13B.parameters == 13_015_864_320
        assert MISTRAL_7B.parameters == 7_241_732_096

    def test_reads_less_than_a_thousandth_of_a_7b_file(self, tmp_path: Path) -> None:
        sample = gguf_llama(LLAMA_7B, "Q4_K")
        report = inspect_on_disk(sample, tmp_path)
        assert report.bytes_read < 1_000_000 < sample.size // 1000

    @pytest.mark.parametrize("name", ["llama 7B Q4_K", "llama 7B GPTQ", "llama 7B ONNX"])
    def test_reports_the_same_from_a_prefix_as_from_the_file(
        self, name: str, tmp_path: Path
    ) -> None:
        sample = CASES[name][0]()
        from_disk = inspect_on_disk(sample, tmp_path)
        prefix = sample.head.ljust(len(sample.head) + 64, b"\0")[: sample.size]
        from_prefix = inspect(PrefixSource(prefix, sample.size))
        assert from_prefix.bytes_read <= len(prefix)
        assert replace(from_prefix, bytes_read=from_disk.bytes_read) == from_disk

    def test_lets_a_20b_convolutional_network_into_the_cloud_alone(self, tmp_path: Path) -> None:
        kernels = {f"stage{n}.conv.weight": ((4096, 4096, 3, 3), "F16") for n in range(133)}
        report = inspect_on_disk(safetensors(kernels), tmp_path)
        assert report.parameters > 20_000_000_000
        assert report.is_transformer == "no"
        assert judge(report, SEED_CAPS).allowed == ("cloud",)

    def test_refuses_a_20b_model_of_unproven_architecture_everywhere(self, tmp_path: Path) -> None:
        matrices = {f"stage{n}.weight": ((12288, 12288), "F16") for n in range(133)}
        report = inspect_on_disk(safetensors(matrices), tmp_path)
        assert report.parameters > 20_000_000_000
        assert report.is_transformer == "unproven"
        assert judge(report, SEED_CAPS).allowed == ()
