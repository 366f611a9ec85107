"""Ten thousand damaged models of every format, alone and in sets: `make soak` runs them."""

import json
import random
import time
from collections.abc import Callable, Sequence

import pytest

from modelfiles import ModelRefused, ModelReport, inspect, inspect_indexed, inspect_set
from modelfiles.cursor import READ_BUDGET
from modelfiles.sources import Source
from tests.modelfiles import samples, samples_onnx
from tests.modelfiles import samples_tflite as tfl
from tests.modelfiles.mutants import mutate, mutate_json
from tests.modelfiles.samples import Llama, Sample
from tests.modelfiles.samples_tflite import Constant, Model, Operator
from tests.modelfiles.test_sets import lora

TINY = Llama(256, 1, 512, 32, 128)
MUTANTS = 1000  # of each kind


def _split_gguf(number: int) -> Sample:
    metadata = {"split.no": number, "split.count": 2, "split.tensors.count": 2}
    return samples.gguf({f"t{number}": ((512, 512), "Q4_0")}, metadata)


def _half(number: int) -> Sample:
    names = list(TINY.tensors())
    held = names[: len(names) // 2] if number == 0 else names[len(names) // 2 :]
    return samples.safetensors({name: (TINY.tensors()[name], "F16") for name in held})


def _inline_onnx() -> Sample:
    tensors = [
        samples_onnx.onnx_tensor(
            f"w{n}", (8, 8), samples_onnx.FLOAT, samples_onnx.blob(9, bytes(256))
        )
        for n in range(4)
    ]
    nodes = [samples_onnx.onnx_node("MatMul", ["x", f"w{n}"]) for n in range(4)]
    return samples_onnx.onnx(nodes, tensors)


def _inline_tflite() -> Sample:
    constants = [
        Constant("w", (8, 3, 3, 4), tfl.INT8, 8),
        Constant("b", (8,), tfl.INT32, 8),
        Constant("e", (64, 64), tfl.INT4, blocks=3),
        Constant("s", (64, 2), tfl.FLOAT16),
    ]
    operators = [Operator(tfl.CONV_2D, (5, 0, 1), (5,)), Operator("Custom", (2,), ())]
    return tfl.inline(Model(constants, operators))


# name: (the files of one model, how they are damaged)
KINDS: dict[str, tuple[Callable[[], list[Sample]], Callable[[bytes, random.Random], bytes]]] = {
    "gguf": (lambda: [samples.gguf_llama(TINY, "Q4_K", flag=True)], mutate),
    "gguf adapter": (
        lambda: [samples.gguf({"a.lora_a": ((8, 512), "F16")}, {"general.type": "adapter"})],
        mutate,
    ),
    "gguf shards": (lambda: [_split_gguf(0), _split_gguf(1)], mutate),
    "safetensors": (lambda: [samples.safetensors_llama(TINY, "F16")], mutate),
    "safetensors that stay JSON": (lambda: [samples.safetensors_llama(TINY, "F16")], mutate_json),
    "gptq that stay JSON": (lambda: [samples.safetensors_gptq(TINY)], mutate_json),
    "base and adapter": (
        lambda: [samples.safetensors_llama(TINY, "F16"), samples.safetensors(lora(TINY, 4))],
        mutate_json,
    ),
    "safetensors shards": (lambda: [_half(0), _half(1)], mutate_json),
    "onnx with external data": (lambda: [samples_onnx.onnx_nbits(TINY)], mutate),
    "onnx with inline data": (lambda: [_inline_onnx()], mutate),
    "tflite with inline data": (lambda: [_inline_tflite()], mutate),
    "tflite with data behind": (lambda: [tfl.tflite_llama(TINY)], mutate),
}


class Watched:
    """A whole file with zeros for weights; it counts what is read, and minds its own end."""

    def __init__(self, head: bytes, size: int) -> None:
        self.size = size
        self.bytes_read = 0
        self._head = head

    def read(self, offset: int, length: int) -> bytes:
        assert 0 <= offset <= offset + length <= self.size
        self.bytes_read += length
        return self._head[offset : offset + length].ljust(length, b"\0")


def outcome(judging: Callable[[Sequence[Source]], ModelReport], files: list[Watched]) -> str:
    """The refusal's code, or "" for a report; anything else is a failure."""
    started = time.process_time()
    try:
        report = judging(files)
        assert report.parameters > 0
        found = ""
    except ModelRefused as refused:
        json.dumps(refused.facts)
        found = refused.code.value
    assert all(file.bytes_read <= READ_BUDGET for file in files)
    assert time.process_time() - started < 1
    return found


def judged(files: Sequence[Source]) -> ModelReport:
    return inspect(files[0]) if len(files) == 1 else inspect_set(files)


def watched(sample: Sample, head: bytes | None = None) -> Watched:
    head = sample.head if head is None else head
    return Watched(head, max(sample.size, len(head)))


@pytest.mark.soak
class TestMutants:
    @pytest.mark.parametrize("kind", KINDS)
    def test_end_in_a_report_or_a_refusal_within_the_budget(self, kind: str) -> None:
        make, damage = KINDS[kind]
        given = make()
        chance = random.Random(f"mutants of {kind}")
        codes = set()
        for _ in range(MUTANTS):
            which = chance.randrange(len(given))
            files = [watched(sample) for sample in given]
            files[which] = watched(given[which], damage(given[which].head, chance))
            codes.add(outcome(judged, files))
        assert len(codes) > 3

    def test_of_an_index_end_in_a_report_or_a_refusal(self) -> None:
        halves = {"one.safetensors": _half(0), "two.safetensors": _half(1)}
        places = {
            name: file for file, sample in halves.items() for name in json.loads(sample.head[8:])
        }
        index = json.dumps({"metadata": {"total_size": 1}, "weight_map": places}).encode()
        chance = random.Random("mutants of an index")
        codes = set()
        for _ in range(MUTANTS):
            damaged = mutate(index, chance)
            files = {name: watched(sample) for name, sample in halves.items()}
            codes.add(
                outcome(
                    lambda _, raw=damaged, of=files: inspect_indexed(raw, of),  # type: ignore[misc]
                    list(files.values()),
                )
            )
        assert len(codes) > 3

    def test_are_ten_thousand_at_least(self) -> None:
        assert MUTANTS * len(KINDS) >= 10_000
