"""From windows to a model's inputs and back: layouts, batches, states and constants."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from modelhub.contracts.declaration import Declaration, State
from modelhub.contracts.graph import Graph, Model, Unmet
from modelhub.contracts.outcome import ContractBroken
from modelhub.contracts.windows import Windows
from modelhub.runtimes.tensors import Array, Dimension, Port, described

Tell = Callable[[float], None]  # how far the work is, 0 to 1; it may raise to end it

_FLOATS: Final = ("float32", "float64", "float16")


def untold(share: float) -> None:
    """Tell nobody how far the work is."""


@dataclass(frozen=True, slots=True)
class Role:
    """An output that a contract asks for, and how many axes it may have besides the batch's."""

    name: str
    axes: tuple[int, ...]
    required: bool = True  # an optional one must be declared: an only output is the required one


def unmet_inputs(graph: Graph, declaration: Declaration) -> Iterator[Unmet]:
    """Why the graph's inputs are not samples, states and constants as they are declared.

    Every one of them is declared, and there: see `naming`.
    """
    waveform = waveform_of(graph, declaration)
    assert waveform is not None, "the names were checked"
    yield from _unmet_waveform(waveform, declaration)
    sizes = _sizes(waveform, declaration)
    for number, state in enumerate(declaration.states):
        yield from _unmet_state(graph, state, ("states", str(number)), sizes)
    for name in declaration.constants:
        yield from _unmet_constant(graph, name)


def unmet_outputs(graph: Graph, declaration: Declaration, roles: Sequence[Role]) -> Iterator[Unmet]:
    """Why an output that the contract asks for is not there, or is of another form."""
    batched = is_batched(graph, declaration)
    for role in roles:
        port = role_port(graph, declaration, role)
        if port is None:
            if role.required:
                at = ("outputs", role.name) if role.name in declaration.outputs else ("outputs",)
                yield Unmet("missing_output", role.name, "Declare which output it is.", at)
        elif port.dtype not in _FLOATS:
            yield Unmet("wrong_type", role.name, f"Must be floating point, is {port}.")
        elif len(port.shape) - batched not in role.axes:
            axes = " or ".join(str(each + batched) for each in role.axes)
            yield Unmet("wrong_shape", role.name, f"Must have {axes} axes, is {port}.")
    for name in declaration.outputs:
        if name not in {role.name for role in roles}:
            yield Unmet("wrong_declaration", f"outputs/{name}", "The contract has no such role.")


def is_batched(graph: Graph, declaration: Declaration) -> bool:
    """Whether inputs and outputs have an axis for windows; a bare `[samples]` has none."""
    waveform = waveform_of(graph, declaration)
    return waveform is None or len(waveform.shape) > 1


def role_port(graph: Graph, declaration: Declaration, role: Role) -> Port | None:
    """The output of a role, None where there is none."""
    if not role.required and role.name not in declaration.outputs:
        return None
    return output_of(graph, declaration, role.name)


def output_of(graph: Graph, declaration: Declaration, role: str) -> Port | None:
    """The output of a role: as declared, or the only one that is no state when none is declared."""
    if declaration.outputs:
        return graph.output(declaration.outputs.get(role, ""))
    states = {state.output for state in declaration.states}
    left = [port for port in graph.outputs if port.name not in states]
    return left[0] if len(left) == 1 else None


def feed(
    model: Model,
    declaration: Declaration,
    windows: Windows,
    roles: Mapping[str, str],
    tell: Tell = untold,
) -> dict[str, Array]:
    """Run a model over windows `[n, window]`: for each role its output's rows, float32 `[n, …]`.

    `roles` are the outputs to keep. Windows go in batches as large as the model and the declaration
    allow; a model with states takes them one by one. Raises ContractBroken where an output has not
    a row for each window or is not finite, and whatever the model raises.
    """
    waveform = waveform_of(Graph(model.inputs, model.outputs), declaration)
    assert waveform is not None, "the graph was checked"
    size = _batch(waveform, declaration)
    constants, states = _constants(model, declaration), _first_states(model, declaration)
    rows: dict[str, list[Array]] = {role: [] for role in roles}
    for start in range(0, len(windows), size):
        tell(start / len(windows))
        some = windows[start : start + size]
        given = _arranged(_filled(some, waveform), waveform)
        results = model.run({waveform.name: given, **constants, **states})
        states = {
            each.input: _remembered(results[each.output], each) for each in declaration.states
        }
        for role, name in roles.items():
            rows[role].append(_rows(results[name], waveform, len(some), name))
    tell(1.0)
    return {role: _joined(parts, roles[role]) for role, parts in rows.items()}


def waveform_of(graph: Graph, declaration: Declaration) -> Port | None:
    """The input that takes the samples: as declared, or the only one that is nothing else."""
    if declaration.input:
        return graph.input(declaration.input)
    others = {state.input for state in declaration.states} | set(declaration.constants)
    left = [port for port in graph.inputs if port.name not in others]
    return left[0] if len(left) == 1 else None


def _unmet_waveform(port: Port, declaration: Declaration) -> Iterator[Unmet]:
    if port.dtype != "float32":
        yield Unmet("wrong_type", port.name, f"Samples are float32, this is {port}.")
    axis = samples_axis(port.shape)
    if axis is None:
        forms = "[samples], [batch, samples], [batch, 1, samples] or [batch, samples, 1]"
        yield Unmet("wrong_shape", port.name, f"Must be {forms}, is {port}.")
        return
    size = port.shape[axis]
    if isinstance(size, int) and size != declaration.window:
        yield Unmet(
            "wrong_declaration", "window", f"The model takes {size}, not {declaration.window}."
        )
    if declaration.states and isinstance(port.shape[0], int) and port.shape[0] != 1 and axis > 0:
        yield Unmet("wrong_shape", port.name, "A model with states takes one window at a time.")


def samples_axis(shape: Sequence[Dimension]) -> int | None:
    """Which axis counts the samples of a window; None where none can."""
    if len(shape) in (1, 2):
        return len(shape) - 1
    if len(shape) == 3 and shape[1] == 1:
        return 2
    return 1 if len(shape) == 3 and shape[2] == 1 else None


def _sizes(waveform: Port, declaration: Declaration) -> dict[str, int]:
    """What the names of the samples' axes stand for in a model with states: one window."""
    axis = samples_axis(waveform.shape)
    named = enumerate(waveform.shape)
    return {
        size: declaration.window if at == axis else 1 for at, size in named if isinstance(size, str)
    }


def _unmet_state(
    graph: Graph, state: State, at: tuple[str, ...], sizes: dict[str, int]
) -> Iterator[Unmet]:
    """`sizes` are those that names of axes have by now; the state's own are added."""
    given, told = graph.input(state.input), graph.output(state.output)
    assert given is not None, "the names were checked"
    takes = tuple(sizes.get(size, size) if isinstance(size, str) else size for size in given.shape)
    wanted = described(given.dtype, state.shape)
    if not may_be(takes, state.shape):
        said = f"Declared as {wanted}, and the model takes {described(given.dtype, takes)}."
        yield Unmet("wrong_shape", state.input, f"{said} Declare that shape.", (*at, "shape"))
        return
    named = zip(takes, state.shape, strict=True)
    sizes.update({size: found for size, found in named if isinstance(size, str)})
    if told is None:
        said = "The state has no such output. Declare the one that is the next call's input."
        yield Unmet("missing_output", state.output, said, (*at, "output"))
    elif not may_be(told.shape, state.shape) or told.dtype != given.dtype:
        said = f"Is {told}, and the input {wanted}. Declare the output that is like its input."
        yield Unmet("wrong_shape", state.output, said, (*at, "output"))


def _unmet_constant(graph: Graph, name: str) -> Iterator[Unmet]:
    port = graph.input(name)
    assert port is not None, "the names were checked"
    if not may_be(port.shape, ()) and not may_be(port.shape, (1,)):
        said = f"A constant is one number, this is {port}. Declare it as a state if it is one."
        yield Unmet("wrong_shape", name, said, ("constants", name))


def may_be(shape: Sequence[Dimension], wanted: Sequence[int]) -> bool:
    """Whether a port of this shape takes, or gives, an array of that."""
    return len(shape) == len(wanted) and all(
        not isinstance(size, int) or size == want for size, want in zip(shape, wanted, strict=True)
    )


def _batch(port: Port, declaration: Declaration) -> int:
    if len(port.shape) == 1 or declaration.states:
        return 1
    fixed = port.shape[0]
    return fixed if isinstance(fixed, int) else declaration.batch


def _constants(model: Model, declaration: Declaration) -> dict[str, Array]:
    graph = Graph(model.inputs, model.outputs)
    made: dict[str, Array] = {}
    for name, value in declaration.constants.items():
        port = graph.input(name)
        assert port is not None, "the graph was checked"
        made[name] = np.full((1,) * len(port.shape), value, dtype=port.dtype)
    return made


def _first_states(model: Model, declaration: Declaration) -> dict[str, Array]:
    types = {port.name: port.dtype for port in model.inputs}
    return {each.input: np.zeros(each.shape, types[each.input]) for each in declaration.states}


def _remembered(result: Array, state: State) -> Array:
    if result.shape != state.shape:
        raise ContractBroken(
            f"The state {state.output} came back with the shape {list(result.shape)}.",
            output=state.output,
        )
    return result


def _filled(windows: Windows, port: Port) -> Windows:
    """The windows, and silence up to the batch that the graph fixes."""
    fixed = port.shape[0] if len(port.shape) > 1 else None
    if not isinstance(fixed, int) or fixed == len(windows):
        return windows
    silence = np.zeros((fixed - len(windows), windows.shape[1]), np.float32)
    return np.concatenate([windows, silence])


def _arranged(windows: Windows, port: Port) -> Array:
    """`[n, window]` as the input's axes stand."""
    if len(port.shape) == 1:
        return np.ascontiguousarray(windows[0])
    if len(port.shape) == 3:
        windows = windows[:, None, :] if port.shape[1] == 1 else windows[:, :, None]
    return np.ascontiguousarray(windows)


def _rows(result: Array, port: Port, wanted: int, name: str) -> Array:
    """One row for each window that was meant, without those of the filling."""
    rows = result[None] if len(port.shape) == 1 else result
    if rows.ndim < 1 or len(rows) < wanted:
        found = described(str(result.dtype), result.shape)
        raise ContractBroken(
            f"{name} has no row for each of {wanted} windows: {found}.", output=name
        )
    kept: Array = rows[:wanted].astype(np.float32, copy=False)
    if not np.isfinite(kept).all():
        raise ContractBroken(f"{name} has numbers that are not finite.", output=name)
    return kept


def _joined(parts: Sequence[Array], name: str) -> Array:
    if len({part.shape[1:] for part in parts}) > 1:
        raise ContractBroken(f"{name} changes its shape from window to window.", output=name)
    return np.concatenate(parts)
