"""Reading a model file's header against the format's own library."""

import json
import math
import struct
from collections.abc import Iterator
from pathlib import Path

from safetensors import safe_open

from bench.figure import Clock, Sides, Timed, figure, versioned
from bench.servers import Servers
from modelfiles import FileSource, inspect

LAYERS, HIDDEN, FEED_FORWARD, VOCABULARY = 32, 4096, 11_008, 32_000
FILES = 20


@figure(
    "model_header_vs_safetensors",
    kind=Timed(Clock.CPU, "ms", per="file"),
    measures="the size of a 7B model from its header; ours also tells family and quantisation",
    peer=versioned("safetensors"),
)
def model_header(servers: Servers) -> Iterator[Sides]:
    """A file of true size whose weights are a hole: neither side reads them."""
    path = _write(servers.folder / "model.safetensors")
    parameters = sum(math.prod(shape) for shape in _shapes().values())

    def ours() -> float:
        for _ in range(FILES):
            with FileSource(path) as source:
                found = inspect(source).parameters
            assert found == parameters, (found, parameters)
        return FILES

    def peer() -> float:
        for _ in range(FILES):
            with safe_open(path, framework="np") as file:
                shapes = [file.get_slice(name).get_shape() for name in file.keys()]  # noqa: SIM118
            found = sum(math.prod(shape) for shape in shapes)
            assert found == parameters, (found, parameters)
        return FILES

    yield Sides(ours, peer)
    path.unlink()


def _shapes() -> dict[str, tuple[int, ...]]:
    """The tensors of a llama of seven billion parameters."""
    shapes: dict[str, tuple[int, ...]] = {
        "model.embed_tokens.weight": (VOCABULARY, HIDDEN),
        "model.norm.weight": (HIDDEN,),
        "lm_head.weight": (VOCABULARY, HIDDEN),
    }
    for layer in (f"model.layers.{number}" for number in range(LAYERS)):
        shapes |= {f"{layer}.self_attn.{p}_proj.weight": (HIDDEN, HIDDEN) for p in "qkvo"}
        shapes |= {f"{layer}.mlp.{p}_proj.weight": (FEED_FORWARD, HIDDEN) for p in ("gate", "up")}
        shapes[f"{layer}.mlp.down_proj.weight"] = (HIDDEN, FEED_FORWARD)
        shapes[f"{layer}.input_layernorm.weight"] = (HIDDEN,)
        shapes[f"{layer}.post_attention_layernorm.weight"] = (HIDDEN,)
    return shapes


def _write(path: Path) -> Path:
    header, end = {}, 0
    for name, shape in _shapes().items():
        start, end = end, end + 2 * math.prod(shape)
        header[name] = {"dtype": "F16", "shape": shape, "data_offsets": (start, end)}
    text = json.dumps(header).encode()
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        file.truncate(8 + len(text) + end)
    return path
