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
        ahead, taken = (self.lead + _BEFORE) * self.hop, self.hops + _BESIDE + 2 * self.lead
        starts = range(0, max(1, len(samples)), step)
        result = np.empty((channels, len(samples)), dtype=np.float32)
        for first in range(0, len(starts), at_once):
            group = starts[first : first + at_once]
            block = np.zeros((len(group), channels, taken * self.hop), dtype=np.float32)
            for row, start in zip(block, group, strict=True):
                known = samples[max(0, start - ahead) : start - ahead + taken * self.hop]
                before = max(0, ahead - start)
                row[:, before : before + len(known)] = known.T
            shape = (len(group), channels, taken // 2, 2, _ROWS, self.hop // _ROWS)
            answer = graph({"hops": block.reshape(shape)})["hops_out"]
            for start, hops in zip(group, answer, strict=True):
                part = result[:, start : start + step]
                part[:] = hops.reshape(channels, step)[:, : part.shape[1]]
        return result.T
