"""What a processor is, and how processors are put one after another or side by side.

A processor takes a stream in blocks of any size and gives the same samples for every cut: what it
must remember is its own, and what it withholds is said in `latency_samples`.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from audio.files import Samples


class Processor(Protocol):
    """A stateful effect on float32 blocks of shape (n, channels), n from 0 up."""

    @property
    def latency_samples(self) -> int:
        """How many samples later the sound comes out than it went in."""
        ...

    def process(self, block: Samples) -> Samples:
        """The next block of the stream; the same shape comes back, the input is left alone."""
        ...


class Series:
    """Processors one after another."""

    def __init__(self, *processors: Processor) -> None:
        self._processors = processors

    @property
    def latency_samples(self) -> int:
        return sum(processor.latency_samples for processor in self._processors)

    def process(self, block: Samples) -> Samples:
        for processor in self._processors:
            block = processor.process(block)
        return block


class Parallel:
    """Processors side by side on one input, each with a linear gain, and summed.

    Raises ValueError when their latencies differ: the sum would be a comb filter.
    """

    latency_samples: int

    def __init__(self, branches: Sequence[tuple[float, Processor]]) -> None:
        latencies = {processor.latency_samples for _, processor in branches}
        if len(latencies) != 1:
            raise ValueError(f"parallel branches must have one latency, not {sorted(latencies)}")
        self.latency_samples = latencies.pop()
        self._branches = [(np.float32(gain), processor) for gain, processor in branches]

    def process(self, block: Samples) -> Samples:
        mixed = np.zeros_like(block)
        for gain, processor in self._branches:
            mixed += gain * processor.process(block)
        return mixed


class Gain:
    """A level change."""

    latency_samples = 0

    def __init__(self, gain_db: float = 0.0) -> None:
        self._gain = np.float32(10 ** (gain_db / 20))

    def process(self, block: Samples) -> Samples:
        scaled: Samples = block * self._gain
        return scaled


class Wait:
    """The input later, and nothing else: what a dry branch does beside a wet one with latency."""

    def __init__(self, samples: int, *, channels: int) -> None:
        self._waiting = np.zeros((samples, channels), dtype=np.float32)

    @property
    def latency_samples(self) -> int:
        return len(self._waiting)

    def process(self, block: Samples) -> Samples:
        line = np.concatenate([self._waiting, block])
        self._waiting = line[len(block) :]
        return line[: len(block)]


def blend(wet: Processor, mix: float, *, channels: int) -> Parallel:
    """`1 - mix` of the dry sound and `mix` of the wet one, in step with each other."""
    dry = Wait(wet.latency_samples, channels=channels)
    return Parallel([(1 - mix, dry), (mix, wet)])
