"""The tasks that a model of one's own may serve: what it must look like, and what comes out.

Every contract is pure: a graph and a declaration are checked without loading anything, and results
are made by whatever runs the model.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from modelhub.contracts import audio_tagger, embedding, pitch, separator, tensors
from modelhub.contracts.declaration import Declaration, State, declared
from modelhub.contracts.feeding import Tell, untold
from modelhub.contracts.graph import Graph, Model, Unmet
from modelhub.contracts.naming import unmet_names
from modelhub.contracts.outcome import ContractBroken, ContractUnmet, Outcome


class Serve(Protocol):
    """A contract's work on sound `[n]` or `[n, channels]`, float32, at a rate in Hz."""

    def __call__(
        self,
        model: Model,
        samples: NDArray[np.float32],
        sample_rate: float,
        declaration: Declaration,
        tell: Tell = untold,
    ) -> Outcome: ...


@dataclass(frozen=True)
class Contract:
    """A task on sound: `unmet` tells why a graph does not serve it, `outcome` runs what does.

    `misfits` tells so of a graph whose inputs are all declared.
    """

    name: str
    misfits: Callable[[Graph, Declaration], Iterator[Unmet]]
    outcome: Serve

    def unmet(self, graph: Graph, declaration: Declaration) -> tuple[Unmet, ...]:
        """What is wrong with the inputs' names; all else once that is right."""
        names = tuple(unmet_names(graph, declaration))
        return names or tuple(self.misfits(graph, declaration))


CONTRACTS: Final[Mapping[str, Contract]] = {
    each.name: each
    for each in (
        Contract("audio_tagger", audio_tagger.unmet, audio_tagger.outcome),
        Contract("separator", separator.unmet, separator.outcome),
        Contract("embedding", embedding.unmet, embedding.outcome),
        Contract("pitch", pitch.unmet, pitch.outcome),
    )
}


def check(name: str, graph: Graph, declaration: Declaration) -> None:
    """Raise ContractUnmet with every condition that the graph does not meet."""
    if unmet := CONTRACTS[name].unmet(graph, declaration):
        raise ContractUnmet.because(name, unmet)


__all__ = [
    "CONTRACTS",
    "Contract",
    "ContractBroken",
    "ContractUnmet",
    "Declaration",
    "Graph",
    "Model",
    "Outcome",
    "State",
    "Unmet",
    "check",
    "declared",
    "tensors",
]
