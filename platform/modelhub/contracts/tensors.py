"""`tensors`: named arrays in, named arrays out; every ONNX model that is served fulfils it."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from modelhub.contracts.graph import Graph, Model, Unmet
from modelhub.contracts.outcome import Outcome
from modelhub.runtimes.tensors import Array, BadTensor, Port, Tensors

MOST_ELEMENTS: Final = 1 << 20  # in one tensor written as JSON; a file carries more


def unmet(graph: Graph) -> Iterator[Unmet]:
    """Why nothing can be run: a graph needs an output."""
    if not graph.outputs:
        yield Unmet("missing_output", "outputs", "The graph has no output.")


def outcome(model: Model, inputs: Tensors) -> Outcome:
    """Run the model once. The summary has the type and shape of each output."""
    results = model.run(inputs)
    described = {
        name: {"dtype": str(array.dtype), "shape": list(array.shape)}
        for name, array in results.items()
    }
    return Outcome(summary={"outputs": described}, arrays=results)


def arrays(inputs: tuple[Port, ...], body: Mapping[str, Any]) -> dict[str, Array]:
    """Nested lists of JSON numbers as the types that the model declares.

    Raises BadTensor for what is not rectangular, holds anything but numbers and flags, does not fit
    the type, or has more than 2^20 elements. Shapes are checked by the session.
    """
    known = {port.name: port for port in inputs}
    return {name: _array(name, known.get(name), value) for name, value in body.items()}


def _array(name: str, port: Port | None, value: Any) -> Array:
    if port is None:
        raise _bad(name, "absent", "given")
    try:
        given = np.array(value)
    except ValueError as ragged:
        raise _bad(name, str(port), "not rectangular") from ragged
    if given.dtype.kind not in "bif" or given.size > MOST_ELEMENTS:
        raise _bad(name, str(port), f"{given.dtype} with {given.size} elements")
    wanted = np.dtype(port.dtype)
    with np.errstate(over="ignore", invalid="ignore"):
        converted: Array = given.astype(wanted)
    if wanted.kind in "iub" and not np.array_equal(converted, given):
        raise _bad(name, str(port), "numbers that do not fit")
    if wanted.kind == "f" and not np.isfinite(converted).all():
        raise _bad(name, str(port), "numbers that are not finite")
    return converted


def _bad(name: str, expected: str, found: str) -> BadTensor:
    return BadTensor.of(name, expected, found)
