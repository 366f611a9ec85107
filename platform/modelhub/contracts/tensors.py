"""`tensors`: named arrays in, named arrays out; every ONNX model that is served fulfils it."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from modelhub.contracts.graph import Graph, Model, Unmet
from modelhub.contracts.outcome import Outcome
from modelhub.runtimes.tensors import INPUTS, Array, BadTensor, Port, Tensors, Wrong, faults

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


def arrays(
    inputs: tuple[Port, ...], body: Mapping[str, Any], *, at: str = INPUTS
) -> dict[str, Array]:
    """Nested lists of JSON numbers as the types that the model declares.

    Raises BadTensor with every input that is missing or unknown, is not rectangular, holds anything
    but numbers and flags, does not fit its type or shape, or has more than 2^20 elements. `at` is
    the JSON pointer of `body` within what the caller sent.
    """
    known = {port.name: port for port in inputs}
    made: dict[str, Array] = {}
    wrong: list[Wrong] = []
    for name, value in body.items():
        port = known.get(name)
        if port is None:
            wrong.append((name, "absent", "given"))
            continue
        try:
            made[name] = _array(port, value)
        except ValueError as unfit:
            wrong.append((name, str(port), str(unfit)))
    told = {name for name, _, _ in wrong}
    wrong += faults([port for port in inputs if port.name not in told], made)
    if wrong:
        raise BadTensor.of(wrong, at)
    return made


def _array(port: Port, value: Any) -> Array:
    """Raises ValueError, which says what the value is instead."""
    try:
        given = np.array(value)
    except ValueError as ragged:
        raise ValueError("not rectangular") from ragged
    if given.dtype.kind not in "bif" or given.size > MOST_ELEMENTS:
        raise ValueError(f"{given.dtype} with {given.size} elements")
    wanted = np.dtype(port.dtype)
    with np.errstate(over="ignore", invalid="ignore"):
        converted: Array = given.astype(wanted)
    if wanted.kind in "iub" and not np.array_equal(converted, given):
        raise ValueError("numbers that do not fit")
    if wanted.kind == "f" and not np.isfinite(converted).all():
        raise ValueError("numbers that are not finite")
    return converted
