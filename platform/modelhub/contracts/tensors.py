"""`tensors`: named arrays in, named arrays out; every ONNX model that is served fulfils it."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from foundation.errors import Invalid
from modelhub.contracts.graph import Graph, Model, Unmet
from modelhub.contracts.outcome import Outcome
from modelhub.runtimes.tensors import (
    INPUTS,
    Array,
    BadTensor,
    Port,
    Tensors,
    Wrong,
    faults,
    has_open_rows,
)

INDEPENDENT_ROWS: Final = "independent_rows"
MOST_ELEMENTS: Final = 1 << 20  # in one tensor written as JSON; a file carries more


def independent_rows(declaration: object) -> bool:
    """Whether it is declared that the first axis of every input and output counts rows that do not
    depend on each other, so that those of several jobs may go through the model together.

    Raises Invalid for a declaration that says anything else.
    """
    if declaration is None:
        return False
    if not isinstance(declaration, Mapping) or declaration.keys() != {INDEPENDENT_ROWS}:
        said = f"Of tensors only `{INDEPENDENT_ROWS}` can be declared."
        raise Invalid.field("/declaration", "invalid", said)
    if not isinstance(declaration[INDEPENDENT_ROWS], bool):
        at = f"/declaration/{INDEPENDENT_ROWS}"
        raise Invalid.field(at, "invalid", f"{INDEPENDENT_ROWS}: Must be true or false.")
    return declaration[INDEPENDENT_ROWS]


def unmet(graph: Graph, declaration: object = None) -> Iterator[Unmet]:
    """Why nothing can be run, or not as declared: a graph needs an output, and independent rows
    are an axis that may be of any size. Raises Invalid."""
    if not graph.outputs:
        yield Unmet("missing_output", "outputs", "The graph has no output.")
    if independent_rows(declaration):
        for port in (*graph.inputs, *graph.outputs):
            if not has_open_rows(port):
                said = f"The first axis of {port.name} ({port}) cannot be of any size."
                yield Unmet("wrong_declaration", INDEPENDENT_ROWS, said)


def outcome(model: Model, inputs: Tensors) -> Outcome:
    """Run the model once. The summary has the type and shape of each output."""
    return told(model.run(inputs))


def told(results: Mapping[str, Array]) -> Outcome:
    """The outputs of a run."""
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
    if given.dtype.kind not in "bif":
        raise ValueError("texts" if given.dtype.kind == "U" else "neither numbers nor flags")
    if given.size > MOST_ELEMENTS:
        raise ValueError(f"{given.size} elements")
    wanted = np.dtype(port.dtype)
    if wanted.kind == "b" and given.dtype.kind != "b":
        raise ValueError("numbers")
    if wanted.kind != "b" and _has_flags(value):
        raise ValueError("flags, or flags among numbers")
    with np.errstate(over="ignore", invalid="ignore"):
        converted: Array = given.astype(wanted)
    if wanted.kind in "iub" and not np.array_equal(converted, given):
        raise ValueError("numbers that do not fit")
    if wanted.kind == "f" and not np.isfinite(converted).all():
        raise ValueError("numbers that are not finite")
    return converted


def _has_flags(value: Any) -> bool:
    """Which NumPy takes for numbers where there are numbers, too."""
    return isinstance(value, bool) or (isinstance(value, list) and any(map(_has_flags, value)))
