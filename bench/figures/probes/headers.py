"""How long a probe takes: against bare reading, and against the formats' own libraries."""

import hashlib
import math
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import onnx
from gguf import GGUFReader
from safetensors import safe_open

from bench.figure import Better, Clock, Counted, Line, Sides, Timed, figure, versioned
from bench.figures.probes import llama
from bench.figures.probes.llama import SEVEN, THIRTEEN
from bench.servers import Servers
from modelfiles import FileSource, inspect

SAFETENSORS_FILES = 20
_MOST_BYTES_READ = 1_000_000
_REPEATS = 5
_CHUNK = 64 * 1024
_INLINE, _INLINE_SHAPE = 8, (4096, 4096)  # half a gigabyte: the library holds it twice


@dataclass(frozen=True)
class Written:
    """A file, how many parameters it holds, and how many bytes of it a probe fetches."""

    path: Path
    parameters: int
    bytes_read: int


@figure(
    "model_header_vs_safetensors",
    kind=Timed(Clock.CPU, "ms", per="file"),
    measures="the size of a 7B model from its header; ours also tells family and quantisation",
    peer=versioned("safetensors"),
)
def against_safetensors(servers: Servers) -> Iterator[Sides]:
    """A file of true size whose weights are a hole: neither side reads them."""
    path = llama.safetensors(SEVEN, servers.folder / "model.safetensors")

    def ours() -> float:
        for _ in range(SAFETENSORS_FILES):
            _probe(path, SEVEN.parameters)
        return SAFETENSORS_FILES

    def peer() -> float:
        for _ in range(SAFETENSORS_FILES):
            with safe_open(path, framework="np") as file:
                shapes = [file.get_slice(name).get_shape() for name in file.keys()]  # noqa: SIM118
            _agree(sum(math.prod(shape) for shape in shapes), SEVEN.parameters)
        return SAFETENSORS_FILES

    yield Sides(ours, peer)
    path.unlink()


@figure(
    "probe_ms",
    kind=Counted("ms (wall)", Better.LOWER, more=(Line("kb_read", "kB", Better.LOWER),)),
    measures="the slowest probe of five files of 4 to 26 GB, and the most bytes that one read",
    peer="reading and hashing as many bytes of the same files, and understanding none",
)
def probe(servers: Servers) -> Iterator[Sides]:
    """Sparse files with true headers: the count of each must be exact."""
    files = _write_all(servers.folder)
    most = max(file.bytes_read for file in files) / 1000

    def ours() -> tuple[float, float]:
        return max(_ms(_probing(file.path, file.parameters)) for file in files), most

    def peer() -> tuple[float, float]:
        return max(_ms(_hashing(file)) for file in files), most

    yield Sides(ours, peer)
    _remove([file.path for file in files])


@figure(
    "probe_vs_libraries",
    kind=Counted(
        "ms (wall)",
        Better.LOWER,
        more=(Line("gguf", "ms (wall)", Better.LOWER), Line("onnx", "ms (wall)", Better.LOWER)),
    ),
    measures="a 7B GGUF file and half a gigabyte of ONNX, probed one after the other",
    peer=f"{versioned('gguf')} and {versioned('onnx')}",
    warm_up=False,
)
def against_libraries(servers: Servers) -> Iterator[Sides]:
    """Both sides count the same parameters in the same files."""
    words = llama.gguf("Q4_K")(SEVEN, servers.folder / "seven.gguf")
    graph = llama.onnx_inline(_INLINE, _INLINE_SHAPE, servers.folder / "inline.onnx")
    inline = _INLINE * math.prod(_INLINE_SHAPE)

    def ours() -> tuple[float, float, float]:
        return _with_sum(_ms(_probing(words, SEVEN.parameters)), _ms(_probing(graph, inline)))

    def peer() -> tuple[float, float, float]:
        return _with_sum(
            _ms(lambda: _read_gguf(words), repeats=1),
            _ms(lambda: _load_onnx(graph, inline), repeats=1),
        )

    yield Sides(ours, peer)
    _remove([words, graph])


def _write_all(folder: Path) -> list[Written]:
    writers: dict[str, tuple[llama.Llama, Callable[[llama.Llama, Path], Path]]] = {
        "seven.Q4_K.gguf": (SEVEN, llama.gguf("Q4_K")),
        "thirteen.Q4_K.gguf": (THIRTEEN, llama.gguf("Q4_K")),
        "thirteen.F16.gguf": (THIRTEEN, llama.gguf("F16")),
        "thirteen.safetensors": (THIRTEEN, llama.safetensors),
        "thirteen.onnx": (THIRTEEN, llama.onnx_beside),
    }
    files = []
    for name, (model, write) in writers.items():
        path = write(model, folder / name)
        bytes_read = _probe(path, model.parameters)
        assert bytes_read <= _MOST_BYTES_READ, (name, bytes_read)
        files.append(Written(path, model.parameters, bytes_read))
    return files


def _probe(path: Path, parameters: int) -> int:
    """The bytes that it took to find as many parameters as there are."""
    with FileSource(path) as source:
        report = inspect(source)
    _agree(report.parameters, parameters)
    return report.bytes_read


def _probing(path: Path, parameters: int) -> Callable[[], object]:
    return lambda: _probe(path, parameters)


def _hashing(file: Written) -> Callable[[], object]:
    def read() -> object:
        digest = hashlib.sha256()
        descriptor = os.open(file.path, os.O_RDONLY)
        try:
            for offset in range(0, file.bytes_read, _CHUNK):
                length = min(_CHUNK, file.bytes_read - offset)
                digest.update(os.pread(descriptor, length, offset))
        finally:
            os.close(descriptor)
        return digest.hexdigest()

    return read


def _read_gguf(path: Path) -> None:
    _agree(sum(int(tensor.n_elements) for tensor in GGUFReader(path).tensors), SEVEN.parameters)


def _load_onnx(path: Path, parameters: int) -> None:
    model = onnx.load(path)
    _agree(sum(math.prod(tensor.dims) for tensor in model.graph.initializer), parameters)


def _ms(work: Callable[[], object], repeats: int = _REPEATS) -> float:
    """Milliseconds that pass, the median of some runs."""
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1e3)
    return median(times)


def _with_sum(one: float, other: float) -> tuple[float, float, float]:
    return one + other, one, other


def _agree(found: int, parameters: int) -> None:
    assert found == parameters, (found, parameters)


def _remove(paths: Sequence[Path]) -> None:
    for path in paths:
        path.unlink()
        path.with_name(f"{path.name}.data").unlink(missing_ok=True)
