"""The table of well-known models says what their headers show, to the last parameter."""

from pathlib import Path

import pytest

from modelhub.rules import judge
from tests.checkout import ROOT
from tests.modelhub.verdicts.models import DEFAULT_CAPS, MODELS, WellKnown

DOCUMENT = ROOT / "docs" / "reference" / "model-verdicts.md"
# What their authors and model hubs publish, where they count as we do.
PUBLISHED = {
    "Llama 2 7B": 6_738_415_616,
    "Llama 2 13B": 13_015_864_320,
    "Llama 2 70B": 68_976_648_192,
    "Llama 3 8B": 8_030_261_248,
    "Llama 3.2 1B": 1_235_814_400,
    "Llama 3.2 3B": 3_212_749_824,
    "Mistral 7B": 7_241_732_096,
    "Mixtral 8x7B": 46_702_792_704,
    "Qwen2.5 0.5B": 494_032_768,
    "Qwen2.5 1.5B": 1_543_714_304,
    "Qwen2.5 7B": 7_615_616_512,
    "Gemma 2B": 2_506_172_416,
    "Gemma 2 2B": 2_614_341_888,
    "Gemma 3 1B": 999_885_952,
    "Phi-2": 2_779_683_840,
    "Phi-3 mini": 3_821_079_552,
    "TinyLlama 1.1B": 1_100_048_384,
    "Falcon 7B": 6_921_720_704,
    "GPT-NeoX 20B": 20_554_567_680,
    "GPT-2": 124_439_808,
    "T5 small": 60_506_624,
    "Whisper tiny": 37_760_640,
    "Whisper base": 72_593_920,
    "Whisper small": 241_734_912,
    "Whisper medium": 763_857_920,
    "Whisper large v3": 1_543_490_560,
    "BERT base": 109_482_240,
    "DistilBERT": 66_362_880,
    "all-MiniLM-L6-v2": 22_713_216,
    "wav2vec 2.0 base": 94_371_712,
    "VGGish": 72_141_184,
    "PANNs CNN14": 80_753_615,
}


def named(model: WellKnown) -> str:
    return f"{model.name} {model.stored}"


class TestWellKnownModels:
    @pytest.mark.parametrize("model", MODELS, ids=named)
    def test_are_judged_as_the_document_says(self, model: WellKnown, tmp_path: Path) -> None:
        report = model.inspected(tmp_path)
        assert report.parameters == model.parameters
        assert model.row(report, judge(report, DEFAULT_CAPS)) in DOCUMENT.read_text().splitlines()

    def test_are_all_that_the_document_names(self) -> None:
        lines = DOCUMENT.read_text().splitlines()
        told = [line for line in lines if line.startswith("| ") and line.count("|") == 8]
        assert len(told) == len(MODELS) + 1  # and the head
        assert len(MODELS) >= 30

    @pytest.mark.parametrize("name", PUBLISHED)
    def test_have_as_many_parameters_as_is_published(self, name: str) -> None:
        assert {m.parameters for m in MODELS if m.name == name} == {PUBLISHED[name]}
