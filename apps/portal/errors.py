"""What each error means and what its caller does: told by the classes themselves."""

import http
import json
from collections.abc import Iterator
from typing import Any, Final

import apps.noucamp.frames  # noqa: F401  (its errors are met on sockets, which REST does not load)
import jobs.execution.limits  # noqa: F401  (theirs in workers)
import modelhub.contracts
import modelhub.runtimes.loaded
import modelhub.runtimes.quantising
import modelhub.runtimes.sessions  # noqa: F401  (theirs in workers, and in the jobs that failed)
from apps.portal.prose import inline
from foundation.errors import Retry, TifoError
from foundation.http.problems import document

_AGAIN: Final = {
    Retry.NO: "No: the same request is refused again until something has changed.",
    Retry.AFTER_WAIT: "Yes, after the wait that the answer tells.",
    Retry.YES: "Yes, as it is.",
}


def every_error() -> list[type[TifoError]]:
    """Every error a caller can meet, by status and code: the classes themselves are the list.

    One that only narrows another has its code, and so its page.
    """
    by_code = {error.code: error for error in _descendants(TifoError) if "code" in vars(error)}
    return sorted(by_code.values(), key=lambda error: (error.status, error.code))


def listed() -> list[dict[str, Any]]:
    """Status, code and title of each, plain: a template would call a class."""
    return [
        {"status": error.status, "code": error.code, "title": error.title}
        for error in every_error()
    ]


def sheet_of(error: type[TifoError]) -> dict[str, Any]:
    """All that a page says of one error."""
    return {
        "status": error.status,
        "code": error.code,
        "title": error.title,
        "phrase": http.HTTPStatus(error.status).phrase,
        "meaning": inline(error.meaning),
        "remedy": inline(error.remedy),
        "again": _AGAIN[error.retry],
        "example": json.dumps(example(error), indent=2, ensure_ascii=False),
        "members": [(name, inline(fact.meaning)) for name, fact in error.members.items()],
    }


def example(error: type[TifoError]) -> dict[str, Any]:
    """A problem document as a caller meets it, rendered by what renders the real ones."""
    made = error.__new__(error)  # its own beginning asks for facts of the moment
    facts = {name: fact.example for name, fact in error.members.items()}
    TifoError.__init__(made, errors=error.pointed, **facts)
    return document(made, "req_0d33903b8b4d5d4cc08bc857")


def _descendants(error: type[TifoError]) -> Iterator[type[TifoError]]:
    yield error
    for child in error.__subclasses__():
        yield from _descendants(child)
