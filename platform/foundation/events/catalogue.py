"""Which events there are: each declared once by its family, and nothing else can be told."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from django.conf import settings

from foundation.events.rules import misfits

Data = TypeVar("Data", bound=Mapping[str, object])
AnyEvent = TypeVar("AnyEvent", bound="EventType[Any]")
_name = re.compile(r"[a-z]+\.[a-z]+(_[a-z]+)*")


class Undeclared(LookupError):
    """An event was told whose type stands in no family's `events.py`: declare it there."""


class Misfit(TypeError):
    """What was told does not fit its type: mend the place that tells it."""


@dataclass(frozen=True, eq=False, kw_only=True)
class EventType(Generic[Data]):
    """`name` (as in `job.failed`) is public and lasts, wherever its code moves.

    `frame` is the `type` of the socket's frame, None where sockets are not told. `data` is the
    TypedDict of its members, plain JSON; `meaning` says in one line when it is told.
    """

    name: str
    frame: str | None
    data: type[Data]
    meaning: str


class Durable(EventType[Data]):
    """An event with a row in the outbox, which a later reader finds whatever happened since."""


class Passing(EventType[Data]):
    """An event for whoever listens now: too frequent for rows, and lost where nobody listens."""


def declare(event: AnyEvent) -> AnyEvent:
    """Enter the type in the catalogue. Raises ValueError for a name that is taken or malformed."""
    if not _name.fullmatch(event.name):
        raise ValueError(f"{event.name!r} must be a noun, a full stop and what happened.")
    if event.name in _declared:
        raise ValueError(f"{event.name} is declared twice.")
    _declared[event.name] = event
    return event


def catalogue() -> Mapping[str, EventType[Any]]:
    """Every type by its name, in the order of names."""
    return dict(sorted(_declared.items()))


def verify(event: EventType[Data], data: Data) -> None:
    """Raises Undeclared; and Misfit where `settings.EVENTS_ARE_CHECKED`, as in the suite."""
    if _declared.get(event.name) is not event:
        raise Undeclared(event.name)
    if settings.EVENTS_ARE_CHECKED and (found := misfits(data, event.data)):
        raise Misfit(f"{event.name}: {'; '.join(found)}")


_declared: Final[dict[str, EventType[Any]]] = {}
