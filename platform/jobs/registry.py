"""Which function does the work of a job kind. Families register theirs; the ledger knows names."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from foundation.models import StoredFile


class Save(Protocol):
    """Stores a result file; its bytes are durable when the call returns."""

    def __call__(self, name: str, content_type: str, chunks: Iterable[bytes]) -> StoredFile: ...


@dataclass(frozen=True)
class Task:
    """What a handler is given. `progress(share)` reports 0–1 and raises Cancelled when asked to."""

    job_id: str
    organisation_id: str
    livemode: bool
    payload: Mapping[str, Any]
    progress: Callable[[float], None]
    save: Save
    now: datetime


@dataclass(frozen=True)
class Result:
    """What a handler returns: small JSON data, and the files it saved.

    Files end a day later unless the handler's family takes them over with `keep`, and ends them.
    """

    data: dict[str, Any] = field(default_factory=dict)
    files: tuple[StoredFile, ...] = ()
    keep: bool = False


Handler = Callable[[Task], Result]
_handlers: dict[str, Handler] = {}


def handles(kind: str) -> Callable[[Handler], Handler]:
    """Register the decorated function for jobs of `kind`, named `family.verb`."""

    def register(function: Handler) -> Handler:
        if _handlers.setdefault(kind, function) is not function:
            raise ValueError(f"Two handlers for {kind}.")
        return function

    return register


def handler(kind: str) -> Handler:
    """The function for `kind`; raises KeyError when no family registered one."""
    return _handlers[kind]


def kinds() -> frozenset[str]:
    return frozenset(_handlers)
