"""Models by hand: what ports they declare, and what they answer."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from modelhub.contracts import Declaration, Graph
from modelhub.runtimes.tensors import Array, Dimension, Port, Tensors, check


def floats(name: str, *shape: Dimension) -> Port:
    return Port(name, "float32", shape)


@dataclass
class HandMade:
    """Answers by a function of its inputs, which it checks as a real session does."""

    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    answer: Callable[..., dict[str, Array]]
    calls: list[Tensors] = field(default_factory=list)

    def run(self, inputs: Tensors) -> dict[str, Array]:
        check(self.inputs, inputs)
        self.calls.append(dict(inputs))
        return self.answer(**inputs)


def graph(inputs: list[Port], outputs: list[Port]) -> Graph:
    return Graph(tuple(inputs), tuple(outputs))


def declaration(**given: Any) -> Declaration:
    return Declaration(**({"sample_rate": 1000, "window": 4, "hop": 4} | given))


def ramp(samples: int) -> Array:
    return np.arange(1, samples + 1, dtype=np.float32)
