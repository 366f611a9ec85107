"""Which function does the work of a job kind. Families register theirs; the ledger knows names."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal, Protocol

from foundation.models import StoredFile

NUMPY: Final = "numpy"


class Save(Protocol):
    """Stores a result file; its bytes are durable when the call returns."""

    def __call__(self, name: str, content_type: str, chunks: Iterable[bytes]) -> StoredFile: ...


@dataclass(frozen=True)
class Task:
    """What a handler is given. `progress(share)` reports 0–1 and raises Cancelled when asked to.

    `accelerator` is what its worker computes on: cpu, gpu or npu.
    """

    job_id: str
    organisation_id: str
    livemode: bool
    payload: Mapping[str, Any]
    progress: Callable[[float], None]
    save: Save
    now: datetime
    accelerator: str = "cpu"


@dataclass(frozen=True)
class Result:
    """What a handler returns: small JSON data, and the files it saved.

    Files end a day later unless the handler's family takes them over with `keep`, and ends them.
    `provider` is what computed it: an execution provider of ONNX Runtime, or NUMPY; empty where
    there was nothing to compute.
    """

    data: dict[str, Any] = field(default_factory=dict)
    files: tuple[StoredFile, ...] = ()
    keep: bool = False
    provider: str = ""


Handler = Callable[[Task], Result]


@dataclass(frozen=True)
class Together:
    """How jobs that are `alike` are done as one batch: at most so many, and only as many as are
    likely to be done `within` that time, by what the last took.

    The handler gives a result for each task, in their order; None where the task is to be done
    alone, which is also what becomes of all when it raises.
    """

    handler: Callable[[Sequence[Task]], Sequence[Result | None]]
    most: int = 32
    within: timedelta = timedelta(milliseconds=250)


@dataclass(frozen=True)
class Kind:
    """A kind of job: its handler, whether somebody waits for it (`rt`) or nobody does (`batch`),
    and what one attempt may take; None of memory is what the worker has."""

    handler: Handler
    work: Literal["rt", "batch"] = "batch"
    time_limit: timedelta = timedelta(hours=1)
    memory_bytes: int | None = None
    together: Together | None = None


_kinds: dict[str, Kind] = {}


def handles(
    name: str,
    *,
    work: Literal["rt", "batch"] = "batch",
    time_limit: timedelta = timedelta(hours=1),
    memory_bytes: int | None = None,
    together: Together | None = None,
) -> Callable[[Handler], Handler]:
    """Register the decorated function for jobs of the kind `name`, as in `family.verb`."""

    def register(function: Handler) -> Handler:
        kind = Kind(function, work, time_limit, memory_bytes, together)
        if _kinds.setdefault(name, kind) != kind:
            raise ValueError(f"Two handlers for {name}.")
        return function

    return register


def kind(name: str) -> Kind:
    """What is registered for `name`; raises KeyError when no family registered one."""
    return _kinds[name]


def handler(name: str) -> Handler:
    """The function for `name`; raises KeyError when no family registered one."""
    return _kinds[name].handler


def together(name: str) -> Together | None:
    """How such jobs are done as one; None where each is done alone, or the kind is not known."""
    return _kinds[name].together if name in _kinds else None


def work_of(name: str) -> str:
    """`rt` or `batch`; a kind that this process does not know is nobody's to wait for."""
    return _kinds[name].work if name in _kinds else "batch"


def kinds() -> frozenset[str]:
    return frozenset(_kinds)
