"""Stems by graphs, on whatever this process computes on; each graph is opened once."""

import functools
from typing import Final, NamedTuple

from audio import stems
from audio.files import Samples
from audio.stems.chunks import Progress
from jobs import registry
from modelhub import graphs
from modelhub.builtin import NoGraph, Tensors, separate
from modelhub.runtimes.here import MACHINE, device_for, exact
from modelhub.runtimes.sessions import Session, open_session

SHORT_S: Final = 2.0  # of sound: to open a graph takes longer than to do without
BLOCKS_AT_ONCE: Final = {"cpu": 1, "gpu": 16, "npu": 16}


class Ran(NamedTuple):
    """On what work was done, and through what: an execution provider, or NumPy."""

    accelerator: str
    provider: str


NUMPY: Final = Ran("cpu", registry.NUMPY)


def stem_of(
    samples: Samples, rate: int, name: str, *, accelerator: str, progress: Progress | None = None
) -> tuple[Samples, Ran]:
    """The stem, and on what it was made.

    By NumPy where the sound is short or of so few samples a second that there is no graph for it.
    """
    if len(samples) < SHORT_S * rate:
        return stems.separate(samples, rate, name, progress=progress), NUMPY
    used: list[Session] = []

    def run(graph: str, inputs: Tensors) -> Tensors:
        used.append(_opened(graph, accelerator))
        return used[-1].run(inputs)

    at_once = BLOCKS_AT_ONCE[accelerator]
    try:
        found = separate(samples, rate, name, run=run, at_once=at_once, progress=progress)
    except NoGraph:
        return stems.separate(samples, rate, name, progress=progress), NUMPY
    return found, Ran(used[-1].ran_on.accelerator, used[-1].ran_on.provider)


@functools.cache
def _opened(graph: str, accelerator: str) -> Session:
    device = exact(device_for(accelerator))
    return open_session(graphs.path(graph), device, machine=MACHINE, fallback=True)
