"""Whether a declaration says of every input of the graph what it is, and of no other."""

import json
from collections.abc import Iterator, Sequence
from typing import Final

from modelhub.contracts.declaration import Declaration
from modelhub.contracts.feeding import may_be, samples_axis, waveform_of
from modelhub.contracts.graph import Graph, Unmet
from modelhub.runtimes.tensors import Port, shown

_MOST_SHOWN: Final = 8


def unmet_names(graph: Graph, declaration: Declaration) -> Iterator[Unmet]:
    """Inputs that are declared and not there, and in one condition those that are left out.

    What else could be said of a graph whose inputs are not known would mostly follow from that.
    """
    declared = _declared(declaration)
    missing = [(name, at) for name, at in declared if graph.input(name) is None]
    for number, (name, at) in enumerate(missing):
        there = "" if number else f": {_told(graph)}"
        yield Unmet("missing_input", name, f"The graph has no such input{there}.", at)
    known = {name for name, _ in declared}
    left = [port for port in graph.inputs if port.name not in known]
    if declaration.input:
        samples = None
    elif waveform := waveform_of(graph, declaration) or _only_samples(left, declaration):
        samples = waveform
    else:
        several = "Several inputs could" if left else "No input is left to"
        said = f"{several} take the samples: {_told(graph)}. Name the one that does."
        yield Unmet("wrong_declaration", "input", said)
        return
    left = [port for port in left if port is not samples]  # which another may have the name of
    if left:
        told = ", ".join(shown(port.name) for port in left[:_MOST_SHOWN])
        yield Unmet("unexpected_input", f"{told}{_more(left)}", _how(graph, declaration, left))


def _declared(declaration: Declaration) -> list[tuple[str, tuple[str, ...]]]:
    """The inputs that it names, and where."""
    samples = [(declaration.input, ("input",))] if declaration.input else []
    states = [
        (state.input, ("states", str(number), "input"))
        for number, state in enumerate(declaration.states)
    ]
    return [*samples, *states, *((name, ("constants", name)) for name in declaration.constants)]


def _only_samples(left: Sequence[Port], declaration: Declaration) -> Port | None:
    """The one that can take samples, where one alone of several can."""
    able = [port for port in left if _takes_samples(port, declaration.window)]
    return able[0] if len(able) == 1 else None


def _takes_samples(port: Port, window: int) -> bool:
    axis = samples_axis(port.shape)
    if port.dtype != "float32" or axis is None:
        return False
    size = port.shape[axis]
    return not isinstance(size, int) or size == window


def _told(graph: Graph) -> str:
    return f"it has {_named(graph.inputs)}" if graph.inputs else "it has none"


def _named(ports: Sequence[Port]) -> str:
    named = ", ".join(f"{shown(port.name)} ({port})" for port in ports[:_MOST_SHOWN])
    return f"{named}{_more(ports)}"


def _more(ports: Sequence[Port]) -> str:
    return f" and {len(ports) - _MOST_SHOWN} more" if len(ports) > _MOST_SHOWN else ""


def _how(graph: Graph, declaration: Declaration, left: Sequence[Port]) -> str:
    """Which they are, and what to write for the first of them."""
    first = left[:_MOST_SHOWN]
    constants = {
        port.name: 1 for port in first if may_be(port.shape, ()) or may_be(port.shape, (1,))
    }
    taken = {state.output for state in declaration.states} | set(declaration.outputs.values())
    states = [
        {"input": port.name, "output": _comes_out(graph, port, taken), "shape": _sizes(port)}
        for port in first
        if port.name not in constants
    ]
    ways = []
    if states:
        ways.append(f"what the model remembers in `states`, such as {json.dumps(states)}")
    if constants:
        ways.append(
            "what is the same number in every call in `constants`, such as "
            f"{json.dumps(constants)} with your own"
        )
    return f"The declaration leaves out {_named(left)}. Declare {', and '.join(ways)}."


def _comes_out(graph: Graph, port: Port, taken: set[str]) -> str:
    """The output that may be this input of the next call; empty where none is like it."""
    sizes = _sizes(port)
    alike = (
        each.name
        for each in graph.outputs
        if each.name not in taken and each.dtype == port.dtype and may_be(each.shape, sizes)
    )
    return next(alike, "")


def _sizes(port: Port) -> list[int]:
    """With one window at a time, as a model with states goes."""
    return [size if isinstance(size, int) else 1 for size in port.shape]
