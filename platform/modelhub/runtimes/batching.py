"""Requests for the same model that go through it together: the rows of one call."""

from collections.abc import Hashable, Iterator, Sequence
from typing import Protocol

import numpy as np

from modelhub.runtimes.tensors import Array, Port, Tensors, check, has_open_rows

Answer = dict[str, Array] | None


class Runs(Protocol):
    """A loaded model, as `sessions.Session` is one."""

    @property
    def inputs(self) -> tuple[Port, ...]: ...

    @property
    def outputs(self) -> tuple[Port, ...]: ...

    def run(self, inputs: Tensors) -> dict[str, Array]: ...


def can_batch(model: Runs) -> bool:
    """Whether the first axis of every input and output may be of any size: rows of a batch."""
    return all(has_open_rows(port) for port in (*model.inputs, *model.outputs))


def run_together(model: Runs, asked: Sequence[Tensors], *, most_rows: int) -> list[Answer]:
    """For each request the outputs of its own rows, in their order; None where the model failed.

    Requests that differ only in their rows (the first axis) go in one call of at most `most_rows`;
    one that has more goes alone, and so does each of a call that fails, so that nobody's rows fail
    another's. A model whose first axis is fixed is run one by one. Raises BadTensor.
    """
    for inputs in asked:
        check(model.inputs, inputs)
    answers: list[Answer] = [None] * len(asked)
    alone = [[place] for place in range(len(asked))]
    for places in _batches(asked, most_rows) if can_batch(model) else alone:
        found = _answers(model, [asked[place] for place in places])
        for place, answer in zip(places, found, strict=True):
            answers[place] = answer
    return answers


def _batches(asked: Sequence[Tensors], most_rows: int) -> Iterator[list[int]]:
    """Places of those that go together, in the order in which they came."""
    kinds: dict[Hashable, list[int]] = {}
    for place, inputs in enumerate(asked):
        kind = _kind(inputs)
        kinds.setdefault(place if kind is None else kind, []).append(place)
    for places in kinds.values():
        batch, rows = list[int](), 0
        for place in places:
            more = _rows(asked[place])
            if batch and rows + more > most_rows:
                yield batch
                batch, rows = [], 0
            batch.append(place)
            rows += more
        yield batch


def _kind(inputs: Tensors) -> Hashable:
    """What must be equal in a call; None where the inputs disagree on how many rows there are."""
    if len({array.shape[0] for array in inputs.values() if array.ndim}) != 1:
        return None
    return tuple((name, array.shape[1:]) for name, array in sorted(inputs.items()))


def _rows(inputs: Tensors) -> int:
    """As its inputs agree; any number where they do not, for that one goes alone."""
    sizes: list[int] = [array.shape[0] for array in inputs.values() if array.ndim]
    return max(sizes, default=1)


def _answers(model: Runs, batch: Sequence[Tensors]) -> list[Answer]:
    together = _together(model, batch) if len(batch) > 1 else None
    return together or [_alone(model, inputs) for inputs in batch]


def _alone(model: Runs, inputs: Tensors) -> Answer:
    try:
        return model.run(inputs)
    except Exception:  # noqa: BLE001  (whoever asks for this one alone hears why)
        return None


def _together(model: Runs, batch: Sequence[Tensors]) -> list[Answer] | None:
    """Run them as one; None where that fails, or gives rows that cannot be told apart."""
    names = batch[0].keys()
    joined = {name: np.concatenate([inputs[name] for inputs in batch]) for name in names}
    ends = np.cumsum([_rows(inputs) for inputs in batch]).tolist()
    try:
        results = model.run(joined)
    except Exception:  # noqa: BLE001  (one request's rows must not fail the others')
        return None
    if any(array.ndim < 1 or len(array) != ends[-1] for array in results.values()):
        return None
    starts = [0, *ends]
    return [
        {name: array[start:end] for name, array in results.items()}
        for start, end in zip(starts, ends, strict=False)
    ]
