"""Thousands of damaged files: never an error that is not ours, never slow."""

import json
import random
import time
from collections.abc import Callable

import pytest

from modelfiles import ModelRefused, ModelReport, PrefixSource, inspect
from modelhub.rules import judge
from modelhub.summary import summary
from tests.modelfiles import samples
from tests.modelfiles.mutants import mutate, mutate_json
from tests.modelfiles.samples import Llama, Sample
from tests.modelfiles.samples_onnx import onnx_nbits
from tests.modelfiles.samples_tflite import tflite_llama
from tests.modelhub.seed_caps import SEED_CAPS

TINY = Llama(256, 1, 512, 32, 128)
SAMPLES: dict[str, Callable[[], Sample]] = {
    "gguf": lambda: samples.gguf_llama(TINY, "Q4_K", flag=True),
    "safetensors": lambda: samples.safetensors_llama(TINY, "F16"),
    "gptq": lambda: samples.safetensors_gptq(TINY),
    "onnx": lambda: onnx_nbits(TINY),
    "tflite": lambda: tflite_llama(TINY),
}
MUTANTS = 500  # of each kind


def outcome(head: bytes, size: int) -> ModelReport | ModelRefused:
    try:
        return inspect(PrefixSource(head, max(size, len(head))))
    except ModelRefused as refused:
        return refused


class TestDamagedFiles:
    @pytest.mark.parametrize("name", SAMPLES)
    def test_give_a_report_or_a_refusal_and_nothing_else(self, name: str) -> None:
        sample = SAMPLES[name]()
        head = sample.head.ljust(len(sample.head) + 32, b"\0")[: sample.size]
        chance = random.Random(f"damaged {name}")
        codes, reports, slowest = set(), 0, 0.0
        for _ in range(MUTANTS):
            mutant = mutate(head, chance)
            # An honest uploader declares the size that the damaged file really has.
            size = sample.size + chance.choice((0, len(mutant) - len(head)))
            started = time.process_time()
            result = outcome(mutant, size)
            slowest = max(slowest, time.process_time() - started)
            if isinstance(result, ModelReport):
                reports += 1
                json.dumps(summary(result, judge(result, SEED_CAPS)))
            else:
                codes.add(result.code)
                json.dumps(result.facts)
        assert slowest < 0.5
        assert len(codes) > 5  # the damage reaches past the first check
        assert reports < MUTANTS

    @pytest.mark.parametrize("name", ["safetensors", "gptq"])
    def test_that_stay_json_give_a_report_or_a_refusal(self, name: str) -> None:
        sample = SAMPLES[name]()
        chance = random.Random(f"json {name}")
        codes = set()
        for _ in range(MUTANTS):
            result = outcome(mutate_json(sample.head, chance), sample.size)
            if isinstance(result, ModelRefused):
                codes.add(result.code)
        assert len(codes) > 3

    @pytest.mark.parametrize("name", SAMPLES)
    def test_cut_anywhere_ask_for_more(self, name: str) -> None:
        sample = SAMPLES[name]()
        # A FlatBuffer may end in something that is of no interest, such as a graph's name.
        last = len(sample.head) - (256 if name == "tflite" else 0)
        for length in range(0, last, 97):
            result = outcome(sample.head[:length], sample.size)
            assert isinstance(result, ModelRefused)
            assert result.code == "need_more_bytes"
