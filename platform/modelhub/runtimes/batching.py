"""Requests that wait for the same model go through it together, within a budget of latency.

`plan` decides and is pure; `Batcher` is the thread that does as it says.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol, Self

import numpy as np

from modelhub.runtimes.tensors import Array, Port, Tensors, check, has_open_rows


@dataclass(frozen=True, slots=True)
class Policy:
    """How long a request may wait for company (seconds), and how many rows go at most together.

    A request of more rows than that goes alone.
    """

    max_rows: int = 32
    max_delay_s: float = 0.002

    def __post_init__(self) -> None:
        if self.max_rows < 1 or self.max_delay_s < 0:
            raise ValueError("a batch has rows, and a delay is not negative")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request: what must be equal in a batch, its rows, and since when it waits (seconds)."""

    kind: Hashable
    rows: int
    since_s: float


@dataclass(frozen=True, slots=True)
class Plan:
    """What goes now, as places in the queue; or, where nothing does, when to look again."""

    batch: tuple[int, ...] = ()
    wake_s: float | None = None


def plan(waiting: Iterable[Waiting], now_s: float, policy: Policy) -> Plan:
    """Choose the batch that goes now. The queue is in order of arrival, and read as far as needed.

    A batch is the oldest requests of one kind, in their order. It goes when it is full (the next of
    its kind would not fit) or when its oldest has waited as long as it may; of several that could
    go, the one whose oldest has waited longest.
    """
    batches: dict[Hashable, _Batch] = {}
    for place, each in enumerate(waiting):
        batch = batches.setdefault(each.kind, _Batch(each.since_s + policy.max_delay_s))
        batch.offer(place, each.rows, policy.max_rows)
        if batch.full and len(batches) == 1:
            break  # the oldest kind goes before all others
    ready = (each for each in batches.values() if each.full or each.due_s <= now_s)
    chosen = next(ready, None)
    if chosen is not None:
        return Plan(tuple(chosen.places))
    return Plan(wake_s=min((each.due_s for each in batches.values()), default=None))


@dataclass(slots=True)
class _Batch:
    """The oldest requests of a kind, as far as they fit together."""

    due_s: float
    places: list[int] = field(default_factory=list)
    rows: int = 0
    full: bool = False

    def offer(self, place: int, rows: int, most: int) -> None:
        if self.full or (self.places and self.rows + rows > most):
            self.full = True
            return
        self.places.append(place)
        self.rows += rows
        self.full = self.rows >= most


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


@dataclass(slots=True)
class _Request:
    waiting: Waiting
    inputs: Tensors
    answer: Future[dict[str, Array]]


class Batcher:
    """A thread that runs one model for all who ask; it leaves its context with nobody waiting.

    The clock gives seconds and only grows. A model whose first axis is fixed is run one by one.
    """

    def __init__(
        self, model: Runs, policy: Policy, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._model = model
        self._policy = policy if can_batch(model) else Policy(max_rows=1, max_delay_s=0)
        self._clock = clock
        self._queue: list[_Request] = []
        self._rows: Counter[Hashable] = Counter()  # that wait, by kind
        self._news = threading.Condition()
        self._ending = False
        self._thread = threading.Thread(target=self._serve, name="batcher", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._news:
            self._ending = True
            self._news.notify()
        self._thread.join()

    def submit(self, inputs: Tensors) -> Future[dict[str, Array]]:
        """Queue a request; its answer has the outputs of its own rows, or the model's error.

        Raises BadTensor at once for inputs that the model does not take, RuntimeError at its end.
        """
        check(self._model.inputs, inputs)
        request = _Request(self._described(inputs), inputs, Future())
        with self._news:
            if self._ending:
                raise RuntimeError("the batcher has ended")
            self._queue.append(request)
            kind = request.waiting.kind
            self._rows[kind] += request.waiting.rows
            # In between the thread has nothing to do but wait: it knows when the oldest is due.
            if len(self._queue) == 1 or self._rows[kind] >= self._policy.max_rows:
                self._news.notify()
        return request.answer

    def _described(self, inputs: Tensors) -> Waiting:
        """Rows are the first axis; requests whose inputs disagree on it stay among themselves."""
        sizes = {array.shape[0] for array in inputs.values() if array.ndim}
        kind = tuple((name, array.shape[1:]) for name, array in sorted(inputs.items()))
        since_s = self._clock()
        if len(sizes) != 1:
            return Waiting(object(), self._policy.max_rows, since_s)
        return Waiting(kind, sizes.pop(), since_s)

    def _serve(self) -> None:
        while batch := self._next():
            self._run(batch)

    def _next(self) -> list[_Request]:
        """Wait for a batch; empty at the end."""
        with self._news:
            while True:
                waiting = (each.waiting for each in self._queue)
                now_s = float("inf") if self._ending else self._clock()
                chosen = plan(waiting, now_s, self._policy)
                if chosen.batch:
                    return self._taken(chosen.batch)
                if self._ending:
                    return []
                wake_s = chosen.wake_s
                self._news.wait(None if wake_s is None else max(0.0, wake_s - self._clock()))

    def _taken(self, places: Sequence[int]) -> list[_Request]:
        batch = [self._queue[place] for place in places]
        for place in reversed(places):
            del self._queue[place]
        kind = batch[0].waiting.kind
        self._rows[kind] -= sum(each.waiting.rows for each in batch)
        if not self._rows[kind]:
            del self._rows[kind]
        return batch

    def _run(self, batch: list[_Request]) -> None:
        alive = [each for each in batch if each.answer.set_running_or_notify_cancel()]
        if len(alive) > 1 and self._together(alive):
            return
        for each in alive:
            try:
                each.answer.set_result(self._model.run(each.inputs))
            except Exception as error:  # noqa: BLE001  (whoever asked is told)
                each.answer.set_exception(error)

    def _together(self, batch: list[_Request]) -> bool:
        """Run them as one. False where that fails: then each is run alone, and pays for itself."""
        names = batch[0].inputs.keys()
        joined = {name: np.concatenate([each.inputs[name] for each in batch]) for name in names}
        ends = np.cumsum([each.waiting.rows for each in batch]).tolist()
        try:
            results = self._model.run(joined)
        except Exception:  # noqa: BLE001  (one request's rows must not fail the others')
            return False
        if any(array.ndim < 1 or len(array) != ends[-1] for array in results.values()):
            return False  # rows that do not stay rows cannot be told apart
        start = 0
        for each, end in zip(batch, ends, strict=True):
            each.answer.set_result({name: array[start:end] for name, array in results.items()})
            start = end
        return True
