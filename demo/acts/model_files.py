"""Two model files, told apart by their headers: one fits the edge, the other is over the cap."""

import struct
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from demo.cast import Cast
from demo.report import Check
from tifo_client.errors import ModelCapExceeded

F32, F16, Q4_0 = 0, 1, 2  # GGUF's numbers of tensor types
BYTES_PER_WEIGHT = {F32: 4.0, F16: 2.0, Q4_0: 18 / 32}
ALIGNMENT = 32
TEXT, UINT32 = 8, 4


@dataclass(frozen=True)
class Llama:
    """The shape of a language model of the Llama family."""

    layers: int
    width: int
    inner: int
    weights: int
    vocabulary: int = 32_000

    def tensors(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        yield "token_embd.weight", (self.width, self.vocabulary)
        for layer in range(self.layers):
            for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
                yield f"blk.{layer}.{name}.weight", (self.width, self.width)
            yield f"blk.{layer}.ffn_gate.weight", (self.width, self.inner)
            yield f"blk.{layer}.ffn_up.weight", (self.width, self.inner)
            yield f"blk.{layer}.ffn_down.weight", (self.inner, self.width)
            yield f"blk.{layer}.attn_norm.weight", (self.width,)
            yield f"blk.{layer}.ffn_norm.weight", (self.width,)
        yield "output_norm.weight", (self.width,)
        yield "output.weight", (self.width, self.vocabulary)


SMALL = Llama(layers=32, width=4096, inner=11_008, weights=Q4_0)  # 6.7 billion parameters
LARGE = Llama(layers=40, width=5120, inner=13_824, weights=F16)  # 13.0 billion


async def check_files(cast: Cast) -> list[Check]:
    models = cast.director.models
    with tempfile.TemporaryDirectory() as scratch:
        small = write(Path(scratch) / "chant-writer-7b-q4.gguf", SMALL)
        fits = await cast.call(models.check, small, placement="edge")
        cast.say(
            "models", f"{fits.name}: {_described(fits.verdict.parameters)}, may run at the edge"
        )
        large = write(Path(scratch) / "chant-writer-13b-f16.gguf", LARGE)
        try:
            await cast.call(models.check, large, placement="edge")
            why = "not refused"
        except ModelCapExceeded as refused:
            why = ", ".join(reason["code"] for reason in refused.problem["reasons"])
    cast.say("models", f"{large.name}: {why}")
    says = (
        f"7B Q4 may run in {', '.join(fits.allowed)}; 13B F16 refused: {why} "
        f"({fits.bytes_seen / 1000:.0f} kB read of {fits.size_bytes / 1e9:.1f} GB)"
    )
    return [Check("Model caps", "edge" in fits.allowed and why != "not refused", says)]


def write(path: Path, model: Llama) -> Path:
    """A GGUF file (version 3) with a true header and empty weights, which take no room on disk."""
    entries, offset = [], 0
    for name, shape in model.tensors():
        kind = F32 if len(shape) == 1 else model.weights
        entries.append(
            _text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, offset)
        )
        count = shape[0] * (shape[1] if len(shape) == 2 else 1)
        offset += _padded(int(count * BYTES_PER_WEIGHT[kind]))
    pairs = [
        _text("general.architecture") + struct.pack("<I", TEXT) + _text("llama"),
        _text("llama.block_count") + struct.pack("<II", UINT32, model.layers),
    ]
    head = struct.pack("<4sIQQ", b"GGUF", 3, len(entries), len(pairs)) + b"".join(pairs + entries)
    with path.open("wb") as file:
        file.write(head)
        file.truncate(_padded(len(head)) + offset)
    return path


def _text(text: str) -> bytes:
    return struct.pack("<Q", len(text)) + text.encode()


def _padded(length: int) -> int:
    return -(-length // ALIGNMENT) * ALIGNMENT


def _described(parameters: int) -> str:
    return f"{parameters / 1e9:.1f} billion parameters"
