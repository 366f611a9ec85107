"""Adapters, and the files of one model: told from their headers, counted as one."""

import json
import re
from collections.abc import Mapping

import pytest

from modelfiles import (
    Code,
    MalformedModel,
    ModelRefused,
    ModelReport,
    PrefixSource,
    inspect,
    inspect_indexed,
    inspect_set,
)
from modelfiles.adapters import is_adapter
from tests.modelfiles import samples
from tests.modelfiles.samples import LLAMA_7B, Llama, Sample, Shape, elements

SMALL = Llama(256, 2, 512, 1000, 128)
Tensors = Mapping[str, tuple[Shape, str]]


def source(sample: Sample) -> PrefixSource:
    padded = sample.head.ljust(min(sample.size, len(sample.head) + 64), b"\0")
    return PrefixSource(padded, sample.size)


def lora(
    model: Llama, rank: int, prefix: str = "base_model.model."
) -> dict[str, tuple[Shape, str]]:
    """As PEFT trains it: two thin matrices beside every query and value projection."""
    tensors: dict[str, tuple[Shape, str]] = {}
    for name, (outputs, *inputs) in model.tensors().items():
        if ".q_proj" in name or ".v_proj" in name:
            base = "base_model.model." + name.removesuffix(".weight")
            tensors[f"{base}.lora_A.weight"] = ((rank, *inputs), "F32")
            tensors[f"{base}.lora_B.weight"] = ((outputs, rank), "F32")
    return tensors


def count(tensors: Tensors) -> int:
    return sum(elements(shape) for shape, _ in tensors.values())


def refusal(sources: list[PrefixSource]) -> Code:
    with pytest.raises(MalformedModel) as raised:
        inspect_set(sources)
    return raised.value.code


class TestAdapters:
    @pytest.mark.parametrize(
        "names",
        [
            ["base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight"],
            ["unet.down_blocks.0.attentions.0.to_q.lora.up.weight"],
            ["lora_unet_down_blocks_0_attn1_to_q.lora_down.weight", "lora_te_x.alpha"],
            ["lora_te1_text_model_encoder_layers_0_mlp_fc1.hada_w1_a"],
            ["lycoris_blocks_0_ff.lokr_w2"],
            ["x.lora_embedding_A", "x.lora_embedding_B", "lm_head.weight"],
            ["blk.0.attn_q.weight.lora_a", "blk.0.attn_q.weight.lora_b"],
        ],
    )
    def test_are_known_by_what_they_are_trained_by(self, names: list[str]) -> None:
        assert is_adapter(names)

    @pytest.mark.parametrize(
        "names",
        [
            [],
            ["model.layers.0.self_attn.q_proj.weight"],
            ["explora_a.weight", "flora_down.weight"],
            ["x.alpha"],
            ["lora_a.weight", "conv1.weight"],
        ],
    )
    def test_are_nothing_else(self, names: list[str]) -> None:
        assert not is_adapter(names)

    def test_say_that_they_need_a_base(self) -> None:
        tensors = lora(LLAMA_7B, 16)
        report = inspect(source(samples.safetensors(tensors)))
        assert report.parameters == count(tensors) == 8_388_608
        assert report.is_adapter
        assert report.adapter_parameters == report.parameters
        assert any("together with its base" in line for line in report.evidence)

    def test_add_to_their_base(self) -> None:
        base = source(samples.safetensors_llama(SMALL, "F16"))
        tensors = lora(SMALL, 8)
        adapter = source(samples.safetensors(tensors))
        report = inspect_set([base, adapter])
        assert report.parameters == SMALL.parameters + count(tensors)
        assert report.adapter_parameters == count(tensors)
        assert not report.is_adapter
        assert report.parameters == inspect_set([adapter, base]).parameters

    def test_of_the_same_layers_add_up(self) -> None:
        base = source(samples.safetensors_llama(SMALL, "F16"))
        adapters = [source(samples.safetensors(lora(SMALL, rank))) for rank in (4, 8)]
        report = inspect_set([base, *adapters])
        assert report.adapter_parameters == count(lora(SMALL, 4)) + count(lora(SMALL, 8))

    def test_as_gguf_say_so_themselves(self) -> None:
        tensors: Tensors = {"blk.0.attn_q.weight.lora_a": ((8, 512), "F16")}
        sample = samples.gguf(tensors, {"general.type": "adapter"})
        assert inspect(source(sample)).is_adapter

    def test_without_a_base_are_no_set(self) -> None:
        adapters = [source(samples.safetensors(lora(SMALL, rank))) for rank in (4, 8)]
        assert refusal(adapters) is Code.INCOMPLETE_SET

    def test_of_another_format_are_refused(self) -> None:
        base = source(samples.gguf_llama(SMALL, "F16"))
        assert refusal([base, source(samples.safetensors(lora(SMALL, 4)))]) is Code.INCOMPLETE_SET


class TestSplitGguf:
    def shards(self, tensors: int | None) -> list[PrefixSource]:
        more = {} if tensors is None else {"split.tensors.count": tensors}
        named = [{"general.architecture": "llama", "llama.attention.head_count": 4}, {}, {}]
        return [
            source(
                samples.gguf(
                    {f"t{n}": ((512, 512), "Q4_0")},
                    {"split.no": n, "split.count": 3, **more, **named[n]},
                )
            )
            for n in range(3)
        ]

    @pytest.mark.parametrize("tensors", [None, 3])
    def test_is_one_model_in_any_order(self, tensors: int | None) -> None:
        report = inspect_set(self.shards(tensors)[::-1])
        assert report.parameters == 3 * 512 * 512
        assert (report.architecture, report.is_transformer) == ("llama", "yes")

    def test_is_refused_where_a_tensor_is_missing(self) -> None:
        assert refusal(self.shards(4)) is Code.INCOMPLETE_SET

    def test_is_refused_where_a_shard_is_given_twice(self) -> None:
        shards = self.shards(3)
        assert refusal([*shards, shards[0]]) is Code.INCOMPLETE_SET


def split(tensors: Tensors, at: int) -> tuple[bytes, dict[str, PrefixSource]]:
    """Two files and their index, cut behind the tensor of that number."""
    names = list(tensors)
    parts = {"model-1.safetensors": names[:at], "model-2.safetensors": names[at:]}
    index = {
        "metadata": {"total_size": 1},
        "weight_map": {name: file for file, held in parts.items() for name in held},
    }
    files = {
        file: source(samples.safetensors({name: tensors[name] for name in held}))
        for file, held in parts.items()
    }
    return json.dumps(index).encode(), files


def gptq() -> Tensors:
    header = json.loads(samples.safetensors_gptq(SMALL, bits=8).head[8:])
    header.pop("__metadata__")
    return {name: (tuple(entry["shape"]), entry["dtype"]) for name, entry in header.items()}


class TestIndexedSafetensors:
    TENSORS: Tensors = {name: (shape, "F16") for name, shape in SMALL.tensors().items()}

    def refusal(self, index: object, files: dict[str, PrefixSource]) -> Code:
        raw = index if isinstance(index, bytes) else json.dumps(index).encode()
        with pytest.raises(MalformedModel) as raised:
            inspect_indexed(raw, files)
        return raised.value.code

    def test_is_one_model(self) -> None:
        report = inspect_indexed(*split(self.TENSORS, 7))
        assert report.parameters == SMALL.parameters
        assert report.is_transformer == "yes"
        assert report.tensors == len(self.TENSORS)

    @pytest.mark.parametrize("at", range(1, 12))
    def test_counts_packed_weights_whose_scales_are_in_the_other_file(self, at: int) -> None:
        one = inspect(source(samples.safetensors(gptq())))
        two = inspect_indexed(*split(gptq(), at))
        assert counted(two) == counted(one)

    def test_is_refused_without_one_of_its_files(self) -> None:
        index, files = split(self.TENSORS, 7)
        del files["model-2.safetensors"]
        assert self.refusal(index, files) is Code.INCOMPLETE_SET

    def test_is_refused_where_a_file_holds_less_than_the_index_says(self) -> None:
        index, files = split(self.TENSORS, 7)
        less = dict(list(self.TENSORS.items())[8:])
        files["model-2.safetensors"] = source(samples.safetensors(less))
        assert self.refusal(index, files) is Code.INCOMPLETE_SET

    def test_is_refused_where_a_file_holds_more_than_the_index_says(self) -> None:
        index, files = split(self.TENSORS, 7)
        more = {"hidden": ((4096, 4096), "F16"), **dict(list(self.TENSORS.items())[7:])}
        files["model-2.safetensors"] = source(samples.safetensors(more))
        assert self.refusal(index, files) is Code.UNCLAIMED_BYTES

    @pytest.mark.parametrize(
        "name", ["../model.safetensors", "/etc/passwd", "a/b", "a\\b", "c:x", "", ".", "..", "x\0"]
    )
    def test_is_refused_where_a_name_leaves_the_folder(self, name: str) -> None:
        assert self.refusal({"weight_map": {"a": name}}, {}) is Code.EXTERNAL_PATH

    @pytest.mark.parametrize(
        ("index", "code"),
        [
            (b"", Code.BAD_JSON),
            (b"[]", Code.BAD_VALUE),
            (b"{}", Code.BAD_VALUE),
            (b'{"weight_map":{}}', Code.BAD_VALUE),
            (b'{"weight_map":{"a":1}}', Code.BAD_VALUE),
            (b'{"weight_map":{"a":"f","a":"g"}}', Code.DUPLICATE_KEY),
            (b'{"weight_map":' + b"[" * 100_000, Code.NESTING_TOO_DEEP),
            (b'{"weight_map":{"a":"' + b"x" * 17 * 2**20 + b'"}}', Code.HEADER_TOO_LARGE),
            ({"weight_map": {f"t{n}": f"f{n}" for n in range(65)}}, Code.INCOMPLETE_SET),
            ({"weight_map": {f"t{n}": "f" for n in range(65_537)}}, Code.TOO_MANY_ENTRIES),
        ],
    )
    def test_is_refused_where_the_index_is_none(self, index: object, code: Code) -> None:
        assert self.refusal(index, {}) is code


class TestTheBlame:
    """Which of the files a refusal is about."""

    def blamed(self, *sources: PrefixSource) -> object:
        with pytest.raises(ModelRefused) as raised:
            inspect_set(sources)
        return raised.value.source

    def test_is_of_the_file_that_cannot_be_read(self) -> None:
        _, files = split({f"t{n}": ((8, 8), "F32") for n in range(4)}, 2)
        sound, other = files.values()
        pickle = PrefixSource(b"\x80\x04" + bytes(62), 64)
        assert self.blamed(sound, pickle, other) is pickle
        cut = PrefixSource(sound.read(0, 32), 32)
        assert self.blamed(other, cut) is cut

    def test_is_of_the_index_that_is_none(self) -> None:
        index = b"no index"
        with pytest.raises(MalformedModel) as raised:
            inspect_indexed(index, {})
        assert raised.value.source is index

    def test_is_of_none_where_they_do_not_fit_together(self) -> None:
        one = source(samples.safetensors({"a": ((8, 8), "F32")}))
        assert self.blamed(one, one) is None


class TestASentence:
    @pytest.mark.parametrize("code", Code)
    def test_is_there_for_every_reason(self, code: Code) -> None:
        assert re.fullmatch(r"[A-Z][^.]+\.", ModelRefused(code).said)

    def test_has_what_was_found_behind_it(self) -> None:
        said = MalformedModel(Code.TRUNCATED, needed=64, size=32).said
        assert said == (
            "The file ends before what its header promises: it was cut, or altered."
            " Found: needed 64, size 32."
        )


def counted(report: ModelReport) -> tuple[int, int, bool, str]:
    return report.parameters, report.weight_bytes, report.is_quantised, report.quantisation
