"""Sound as blocks of hops, each with the neighbourhood that a graph reads beyond it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from audio.files import Samples
from modelhub.builtin.running import Tensors

_ROWS = 8  # of a hop, so that four hops make the 32 points of the first transform
_BEFORE = 3  # hops that share a frame with the first one given back
_BESIDE = 8  # hops that come in and do not go out, apart from the medians' lead


@dataclass(frozen=True, slots=True)
class Blocks:
    """`hops` (an even number) come out of each block; `lead` frames (even) are read beyond it."""

    hop: int  # samples
    hops: int
    lead: int

    def through(
        self, samples: Samples, graph: Callable[[Tensors], Tensors], *, at_once: int
    ) -> Samples:
        """(n, channels) block by block, so many in a run; silence lies around the whole."""
        channels, step = samples.shape[1], self.hops * self.hop
        count = max(1, -(-len(samples) // step))
        ahead, taken = self.lead + _BEFORE, self.hops + _BESIDE + 2 * self.lead
        padded = np.zeros((channels, (count - 1) * step + taken * self.hop), dtype=np.float32)
        padded[:, ahead * self.hop : ahead * self.hop + len(samples)] = samples.T
        result = np.empty((channels, count * step), dtype=np.float32)
        for first in range(0, count, at_once):
            starts = [number * step for number in range(first, min(first + at_once, count))]
            block = np.stack([padded[:, start : start + taken * self.hop] for start in starts])
            shape = (len(starts), channels, taken // 2, 2, _ROWS, self.hop // _ROWS)
            answer = graph({"hops": block.reshape(shape)})["hops_out"]
            for start, hops in zip(starts, answer, strict=True):
                result[:, start : start + step] = hops.reshape(channels, step)
        return result[:, : len(samples)].T
