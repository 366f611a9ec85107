"""Model files of true size whose weights are a hole: a llama's tensors, in four formats."""

import json
import math
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import onnx

Shape = tuple[int, ...]
VOCABULARY = 32_000
_ALIGNMENT = 32
_GGUF_KINDS = {"Q4_K": (12, 256, 144), "F16": (1, 1, 2), "F32": (0, 1, 4)}
_GGUF_NAMES = {
    "model.embed_tokens": "token_embd",
    "model.layers": "blk",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "post_attention_layernorm": "ffn_norm",
    "input_layernorm": "attn_norm",
    "model.norm": "output_norm",
    "lm_head": "output",
}


@dataclass(frozen=True)
class Llama:
    """A decoder by its dimensions."""

    hidden: int
    layers: int
    feed_forward: int

    def shapes(self) -> Iterator[tuple[str, Shape]]:
        """Every tensor by the name that Hugging Face gives it."""
        wide, far = self.hidden, self.feed_forward
        yield "model.embed_tokens.weight", (VOCABULARY, wide)
        for layer in (f"model.layers.{number}" for number in range(self.layers)):
            for part in "qkvo":
                yield f"{layer}.self_attn.{part}_proj.weight", (wide, wide)
            yield f"{layer}.mlp.gate_proj.weight", (far, wide)
            yield f"{layer}.mlp.up_proj.weight", (far, wide)
            yield f"{layer}.mlp.down_proj.weight", (wide, far)
            yield f"{layer}.input_layernorm.weight", (wide,)
            yield f"{layer}.post_attention_layernorm.weight", (wide,)
        yield "model.norm.weight", (wide,)
        yield "lm_head.weight", (VOCABULARY, wide)

    @property
    def parameters(self) -> int:
        return sum(math.prod(shape) for _, shape in self.shapes())


SEVEN = Llama(4096, 32, 11_008)
THIRTEEN = Llama(5120, 40, 13_824)


def safetensors(model: Llama, path: Path) -> Path:
    """16-bit floats, tensor behind tensor."""
    header, end = {}, 0
    for name, shape in model.shapes():
        start, end = end, end + 2 * math.prod(shape)
        header[name] = {"dtype": "F16", "shape": shape, "data_offsets": (start, end)}
    text = json.dumps(header).encode()
    return _write(path, struct.pack("<Q", len(text)) + text, end)


def gguf(kind: str) -> Callable[[Llama, Path], Path]:
    """As llama.cpp converts it: matrices of one kind, norms in F32, and the tokenizer's words."""

    def write(model: Llama, path: Path) -> Path:
        tensors, offset = [], 0
        for name, shape in model.shapes():
            number, elements, size = _GGUF_KINDS[kind if len(shape) > 1 else "F32"]
            sizes = struct.pack(f"<I{len(shape)}Q", len(shape), *reversed(shape))
            tensors.append(_text(_short(name)) + sizes + struct.pack("<IQ", number, offset))
            offset += _aligned(math.prod(shape) // elements * size)
        pairs = [
            _text("general.architecture") + struct.pack("<I", 8) + _text("llama"),
            _text("llama.attention.head_count") + struct.pack("<II", 4, 32),
            _text("tokenizer.ggml.tokens")
            + struct.pack("<IIQ", 9, 8, VOCABULARY)
            + b"".join(_text(f"word{n}") for n in range(VOCABULARY)),
            _text("tokenizer.ggml.scores")
            + struct.pack("<IIQ", 9, 6, VOCABULARY)
            + bytes(4 * VOCABULARY),
            _text("tokenizer.ggml.token_type")
            + struct.pack("<IIQ", 9, 5, VOCABULARY)
            + bytes(4 * VOCABULARY),
        ]
        head = struct.pack("<4sIQQ", b"GGUF", 3, len(tensors), len(pairs))
        head += b"".join(pairs) + b"".join(tensors)
        return _write(path, head.ljust(_aligned(len(head)), b"\0"), offset)

    return write


def onnx_beside(model: Llama, path: Path) -> Path:
    """16-bit floats in a file beside the graph, as exporters write whatever exceeds 2 GB."""
    graph, end = onnx.GraphProto(name="llama"), 0
    for name, shape in model.shapes():
        start, end = end, end + 2 * math.prod(shape)
        tensor = _tensor(graph, name, shape, onnx.TensorProto.FLOAT16)
        tensor.data_location = onnx.TensorProto.EXTERNAL
        for key, value in {
            "location": f"{path.name}.data",
            "offset": start,
            "length": end - start,
        }.items():
            tensor.external_data.add(key=key, value=str(value))
        graph.node.add(op_type="MatMul", input=["x", name], output=[f"{name}_out"])
    path.write_bytes(onnx.ModelProto(ir_version=9, graph=graph).SerializeToString())
    _write(path.with_name(f"{path.name}.data"), b"", end)
    return path


def onnx_inline(count: int, shape: Shape, path: Path) -> Path:
    """So many tensors of 32-bit floats within the graph, which therefore stays below 2 GB."""
    size = 4 * math.prod(shape)
    heads = [_inline_head(f"t{number}", shape, size) for number in range(count)]
    graph = sum(len(head) for head in heads) + count * size
    with path.open("wb") as file:
        file.write(b"\x08\x09\x3a" + _varint(graph))  # ir_version 9, then field 7
        for head in heads:
            file.write(head)
            file.seek(size, 1)
        file.truncate(file.tell())
    return path


def _inline_head(name: str, shape: Shape, size: int) -> bytes:
    tensor = onnx.TensorProto(dims=shape, data_type=onnx.TensorProto.FLOAT, name=name)
    head = tensor.SerializeToString() + b"\x4a" + _varint(size)  # field 9, raw_data
    whole: bytes = b"\x2a" + _varint(len(head) + size) + head  # field 5, an initializer
    return whole


def _tensor(graph: onnx.GraphProto, name: str, shape: Shape, kind: int) -> onnx.TensorProto:
    tensor: onnx.TensorProto = graph.initializer.add(name=name, data_type=kind)
    tensor.dims.extend(shape)
    return tensor


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*out, value))


def _short(name: str) -> str:
    for long, ours in _GGUF_NAMES.items():
        name = name.replace(long, ours)
    return name


def _text(text: str) -> bytes:
    return struct.pack("<Q", len(text)) + text.encode()


def _aligned(length: int) -> int:
    return -(-length // _ALIGNMENT) * _ALIGNMENT


def _write(path: Path, head: bytes, hole: int) -> Path:
    with path.open("wb") as file:
        file.write(head)
        file.truncate(len(head) + hole)
    return path
