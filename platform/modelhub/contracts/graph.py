"""What a graph declares of itself, and why it does not fulfil a contract."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from modelhub.runtimes.tensors import Array, Port, Tensors

UnmetCode = Literal[
    "missing_input",
    "unexpected_input",
    "missing_output",
    "wrong_type",
    "wrong_shape",
    "wrong_declaration",
]


@dataclass(frozen=True, slots=True)
class Graph:
    """The inputs and outputs of a model, in the graph's own order."""

    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]

    def input(self, name: str) -> Port | None:
        return _named(self.inputs, name)

    def output(self, name: str) -> Port | None:
        return _named(self.outputs, name)


@dataclass(frozen=True, slots=True)
class Unmet:
    """One condition that is not met; `subject` is the input, the output or the declared field.

    `at` leads to what is to be declared otherwise, member by member; empty where it is another
    graph that is needed, and where the code says it.
    """

    code: UnmetCode
    subject: str
    detail: str
    at: tuple[str, ...] = ()


class Model(Protocol):
    """A loaded model, as `modelhub.runtimes.sessions.Session` is one."""

    @property
    def inputs(self) -> tuple[Port, ...]: ...

    @property
    def outputs(self) -> tuple[Port, ...]: ...

    def run(self, inputs: Tensors) -> dict[str, Array]: ...


def _named(ports: Sequence[Port], name: str) -> Port | None:
    return next((port for port in ports if port.name == name), None)
