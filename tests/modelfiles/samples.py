"""Writes sample model files: true headers, tensor data as a hole of the right size."""

import json
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from modelfiles.formats.gguf_types import TENSOR_TYPES

Shape = tuple[int, ...]
TYPE_NUMBERS = {kind.label: number for number, kind in TENSOR_TYPES.items()}

GGUF_U32, GGUF_BOOL, GGUF_STRING, GGUF_ARRAY = 4, 7, 8, 9


@dataclass(frozen=True)
class Sample:
    """A file's first bytes and its full size; everything after the head is zeros."""

    head: bytes
    size: int

    def write(self, path: Path) -> Path:
        with path.open("wb") as file:
            file.write(self.head)
            file.truncate(self.size)
        return path


@dataclass(frozen=True)
class Llama:
    """The dimensions of a decoder of the llama family, and its tensors in Hugging Face's names."""

    hidden: int
    layers: int
    feed_forward: int
    vocabulary: int
    key_value: int

    def tensors(self) -> dict[str, Shape]:
        h, f, kv = self.hidden, self.feed_forward, self.key_value
        shapes: dict[str, Shape] = {"model.embed_tokens.weight": (self.vocabulary, h)}
        for n in range(self.layers):
            layer = f"model.layers.{n}"
            shapes |= {
                f"{layer}.self_attn.q_proj.weight": (h, h),
                f"{layer}.self_attn.k_proj.weight": (kv, h),
                f"{layer}.self_attn.v_proj.weight": (kv, h),
                f"{layer}.self_attn.o_proj.weight": (h, h),
                f"{layer}.mlp.gate_proj.weight": (f, h),
                f"{layer}.mlp.up_proj.weight": (f, h),
                f"{layer}.mlp.down_proj.weight": (h, f),
                f"{layer}.input_layernorm.weight": (h,),
                f"{layer}.post_attention_layernorm.weight": (h,),
            }
        return shapes | {"model.norm.weight": (h,), "lm_head.weight": (self.vocabulary, h)}

    @property
    def parameters(self) -> int:
        return sum(elements(shape) for shape in self.tensors().values())


LLAMA_7B = Llama(4096, 32, 11008, 32000, 4096)  # 6,738,415,616 parameters
LLAMA_13B = Llama(5120, 40, 13824, 32000, 5120)  # 13,015,864,320
MISTRAL_7B = Llama(4096, 32, 14336, 32000, 1024)  # 7,241,732,096
HALF_B = Llama(1024, 24, 4864, 32000, 256)


def elements(shape: Shape) -> int:
    product = 1
    for size in shape:
        product *= size
    return product


# --- GGUF ---------------------------------------------------------------------------------------


def gguf_text(text: str | bytes) -> bytes:
    raw = text.encode() if isinstance(text, str) else text
    return struct.pack("<Q", len(raw)) + raw


def gguf_value(value: object) -> bytes:
    """One typed value: bool, int (as u32), str, or a list of str or of int."""
    if isinstance(value, bool):
        return struct.pack("<IB", GGUF_BOOL, value)
    if isinstance(value, int):
        return struct.pack("<II", GGUF_U32, value)
    if isinstance(value, str):
        return struct.pack("<I", GGUF_STRING) + gguf_text(value)
    assert isinstance(value, list)
    if value and isinstance(value[0], str):
        body = b"".join(map(gguf_text, value))
        return struct.pack("<IIQ", GGUF_ARRAY, GGUF_STRING, len(value)) + body
    return struct.pack(f"<IIQ{len(value)}I", GGUF_ARRAY, GGUF_U32, len(value), *value)


def gguf_pair(key: str, value: object) -> bytes:
    return gguf_text(key) + gguf_value(value)


def gguf_tensor(name: str, shape: Sequence[int], kind: int, offset: int) -> bytes:
    dims = struct.pack(f"<I{len(shape)}Q", len(shape), *reversed(shape))
    return gguf_text(name) + dims + struct.pack("<IQ", kind, offset)


def gguf_head(pairs: Iterable[bytes], tensors: Iterable[bytes], version: int = 3) -> bytes:
    pairs, tensors = list(pairs), list(tensors)
    counts = struct.pack("<4sIQQ", b"GGUF", version, len(tensors), len(pairs))
    return counts + b"".join(pairs) + b"".join(tensors)


def gguf(
    tensors: Mapping[str, tuple[Shape, str]],
    metadata: Mapping[str, object],
    version: int = 3,
    alignment: int = 32,
) -> Sample:
    """A whole file: tensors laid out in order, each padded to the alignment."""
    entries, offset = [], 0
    for name, (shape, label) in tensors.items():
        number = TYPE_NUMBERS[label]
        kind = TENSOR_TYPES[number]
        entries.append(gguf_tensor(name, shape, number, offset))
        offset += padded(elements(shape) // kind.block_elements * kind.block_bytes, alignment)
    head = gguf_head((gguf_pair(*pair) for pair in metadata.items()), entries, version)
    return Sample(head, padded(len(head), alignment) + offset)


def padded(length: int, alignment: int) -> int:
    return -(-length // alignment) * alignment


def gguf_llama(model: Llama, kind: str, vocabulary: bool = True, **more: object) -> Sample:
    """A llama file as llama.cpp converts it: matrices of one kind, norms in F32, a tokenizer."""
    names = {
        "model.embed_tokens": "token_embd",
        "model.layers.": "blk.",
        "self_attn.q_proj": "attn_q",
        "self_attn.k_proj": "attn_k",
        "self_attn.v_proj": "attn_v",
        "self_attn.o_proj": "attn_output",
        "mlp.gate_proj": "ffn_gate",
        "mlp.up_proj": "ffn_up",
        "mlp.down_proj": "ffn_down",
        "input_layernorm": "attn_norm",
        "post_attention_layernorm": "ffn_norm",
        "model.norm": "output_norm",
        "lm_head": "output",
    }
    tensors: dict[str, tuple[Shape, str]] = {}
    for name, shape in model.tensors().items():
        short = name
        for long, ours in names.items():
            short = short.replace(long, ours)
        tensors[short] = (shape, kind if len(shape) > 1 else "F32")
    metadata: dict[str, object] = {
        "general.architecture": "llama",
        "llama.attention.head_count": 32,
        **more,
    }
    if vocabulary:
        metadata["tokenizer.ggml.tokens"] = [f"<token {n}>" for n in range(model.vocabulary)]
        metadata["tokenizer.ggml.token_type"] = [1] * model.vocabulary
    return gguf(tensors, metadata)


# --- safetensors --------------------------------------------------------------------------------

DTYPE_BYTES = {"I64": 8, "F32": 4, "I32": 4, "U32": 4, "F16": 2, "BF16": 2}


def safetensors(
    tensors: Mapping[str, tuple[Shape, str]], metadata: Mapping[str, str] | None = None
) -> Sample:
    header: dict[str, object] = {"__metadata__": dict(metadata)} if metadata else {}
    offset = 0
    for name, (shape, dtype) in tensors.items():
        end = offset + elements(shape) * DTYPE_BYTES.get(dtype, 1)
        header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [offset, end]}
        offset = end
    return safetensors_raw(json.dumps(header).encode(), offset)


def safetensors_raw(header: bytes, data_bytes: int, length: int | None = None) -> Sample:
    head = struct.pack("<Q", len(header) if length is None else length) + header
    return Sample(head, len(head) + data_bytes)


def safetensors_llama(model: Llama, dtype: str) -> Sample:
    return safetensors({name: (shape, dtype) for name, shape in model.tensors().items()})


def safetensors_gptq(model: Llama, bits: int = 4, group: int = 128) -> Sample:
    """AutoGPTQ's layout: every projection as qweight, qzeros, scales and g_idx."""
    tensors: dict[str, tuple[Shape, str]] = {}
    for name, shape in model.tensors().items():
        if "_proj" not in name:
            tensors[name] = (shape, "F16")
            continue
        base, (outputs, inputs) = name.removesuffix(".weight"), shape
        tensors |= {
            f"{base}.qweight": ((inputs * bits // 32, outputs), "I32"),
            f"{base}.qzeros": ((inputs // group, outputs * bits // 32), "I32"),
            f"{base}.scales": ((inputs // group, outputs), "F16"),
            f"{base}.g_idx": ((inputs,), "I32"),
        }
    return safetensors(tensors, {"format": "pt"})


def safetensors_awq(model: Llama, bits: int = 4, group: int = 128) -> Sample:
    """AutoAWQ's layout: packed along the outputs, without g_idx."""
    tensors: dict[str, tuple[Shape, str]] = {}
    for name, shape in model.tensors().items():
        if "_proj" not in name:
            tensors[name] = (shape, "F16")
            continue
        base, (outputs, inputs) = name.removesuffix(".weight"), shape
        tensors |= {
            f"{base}.qweight": ((inputs, outputs * bits // 32), "I32"),
            f"{base}.qzeros": ((inputs // group, outputs * bits // 32), "I32"),
            f"{base}.scales": ((inputs // group, outputs), "F16"),
        }
    return safetensors(tensors)
