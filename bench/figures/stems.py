"""Stems and crowd features by graphs against the same by NumPy, and on a GPU where there is one."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import numpy as np
import onnxruntime

from audio import stems
from audio.crowd import DEFAULT
from audio.crowd import spectrum as crowd
from audio.files import Samples
from audio.synth.music import song
from bench.figure import Clock, Figure, Sides, Timed, figure
from bench.servers import NotMeasurable, Servers
from modelhub import builtin, graphs

SAMPLE_RATE = 44_100
SECONDS = 20
AGREE_DB = 60
STREAMS = 64
TICKS = 50
GPU = "CUDAExecutionProvider"
# Sixteen blocks keep a GPU busy; TF32 keeps ten bits of a product, which no stem is made of.
GPU_BLOCKS = 16
GPU_OPTIONS = {"use_tf32": "0"}


def stems_onnx_vs_numpy(name: str, which: tuple[str, ...]) -> Figure:
    """Some of the stems, one after the other; both sides must agree, or the figure is void."""

    @figure(
        name,
        kind=Timed(Clock.CPU, "ms", per="20 s of stereo"),
        measures=f"{', '.join(which)} by ONNX graphs on one core",
        peer="NumPy and SciPy on one core",
    )
    def measured(servers: Servers) -> Iterator[Sides]:
        samples = _song()
        for stem in which:
            _agree(samples, stem, _on_one_core, at_once=1)

        def ours() -> float:
            for stem in which:
                builtin.separate(samples, SAMPLE_RATE, stem, run=_on_one_core)
            return 1

        def peer() -> float:
            for stem in which:
                stems.separate(samples, SAMPLE_RATE, stem)
            return 1

        yield Sides(ours, peer)

    return measured


@figure(
    "stems_gpu_vs_cpu",
    kind=Timed(Clock.WALL, "ms", per="20 s of stereo"),
    measures="all four stems by ONNX graphs on a GPU, sixteen blocks at once",
    peer="the same graphs on one core",
)
def gpu_vs_cpu(servers: Servers) -> Iterator[Sides]:
    """Only where ONNX Runtime has CUDA."""
    if GPU not in onnxruntime.get_available_providers():
        raise NotMeasurable("no GPU on this machine")
    samples = _song()
    for stem in stems.STEMS:
        _agree(samples, stem, _on_gpu, at_once=GPU_BLOCKS)

    def separated(run: builtin.Run, at_once: int) -> Callable[[], float]:
        def all_four() -> float:
            for stem in stems.STEMS:
                builtin.separate(samples, SAMPLE_RATE, stem, run=run, at_once=at_once)
            return 1

        return all_four

    yield Sides(separated(_on_gpu, GPU_BLOCKS), separated(_on_one_core, 1))


@figure(
    "features_onnx_vs_numpy",
    kind=Timed(Clock.CPU, "µs", per="window of 32 ms"),
    measures="the crowd's features of 64 live streams a tick by an ONNX graph on one core",
    peer="NumPy on one core",
)
def features_onnx_vs_numpy(servers: Servers) -> Iterator[Sides]:
    """The same windows on both sides, and the partials of the tick before."""
    rng = np.random.default_rng(7)
    windows = rng.normal(0, 0.1, (STREAMS, crowd.WINDOW_SAMPLES)).astype(np.float32)
    nothing = np.zeros((STREAMS, crowd.PARTIALS), np.float32)
    earlier = DEFAULT.measure(windows[::-1], nothing).partials
    expected = DEFAULT.measure(windows, earlier).timbre
    found = builtin.features(windows, earlier, run=_on_one_core).timbre
    assert np.allclose(found, expected, atol=1e-3, rtol=1e-5)

    def ours() -> float:
        for _ in range(TICKS):
            builtin.features(windows, earlier, run=_on_one_core)
        return TICKS * STREAMS

    def peer() -> float:
        for _ in range(TICKS):
            DEFAULT.measure(windows, earlier)
        return TICKS * STREAMS

    yield Sides(ours, peer)


all_stems = stems_onnx_vs_numpy("stems_onnx_vs_numpy", stems.STEMS)
hits_and_rest = stems_onnx_vs_numpy("stems_onnx_vs_numpy_hits", ("percussive", "harmonic"))
vocals = stems_onnx_vs_numpy("stems_onnx_vs_numpy_vocals", ("vocals",))
bass = stems_onnx_vs_numpy("stems_onnx_vs_numpy_bass", ("bass",))


@cache
def _song() -> Samples:
    return song(np.random.default_rng(7), seconds=SECONDS, sample_rate=SAMPLE_RATE)[0]


def _agree(samples: Samples, stem: str, run: builtin.Run, at_once: int) -> None:
    found = builtin.separate(samples, SAMPLE_RATE, stem, run=run, at_once=at_once)
    lost = np.square(found - stems.separate(samples, SAMPLE_RATE, stem)).sum()
    assert np.square(samples).sum() >= lost * 10 ** (AGREE_DB / 10), stem


def _on_one_core(name: str, inputs: builtin.Tensors) -> builtin.Tensors:
    return _answer(_core_session(graphs.path(name)), inputs)


def _on_gpu(name: str, inputs: builtin.Tensors) -> builtin.Tensors:
    return _answer(_gpu_session(graphs.path(name)), inputs)


def _answer(session: onnxruntime.InferenceSession, inputs: builtin.Tensors) -> builtin.Tensors:
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, inputs), strict=True))


@cache
def _core_session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


@cache
def _gpu_session(path: Path) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(path, providers=[(GPU, GPU_OPTIONS)])
