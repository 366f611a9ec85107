"""The root of every error a caller may see: a status, a stable code, and typed facts.

TifoError
├── BadRequest (400) ── Invalid (422-like field errors, reported as 400)
├── NotFound (404)
└── Conflict (409)
Each package keeps its own errors beside the function that raises them.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Self


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field; `pointer` is a JSON pointer into the request's body.

    For what does not stand in a body it is `/` and the name of a query parameter or of a header.
    """

    pointer: str
    code: str
    detail: str


class Retry(StrEnum):
    """Whether the same request may succeed later."""

    NO = "no"  # not until something has changed
    AFTER_WAIT = "after-wait"  # the answer says how long
    YES = "yes"


@dataclass(frozen=True)
class Fact:
    """One fact of a problem document: an example of it, and what it says."""

    example: Any
    meaning: str


class TifoError(Exception):
    """An expected refusal. Subclasses set `status`, `code` and `title`; facts go to the caller.

    `type` is the address of a registered problem type; our own stand under /docs/errors, where
    `meaning` says what happened, `remedy` what the caller does (both in Markdown), `retry` whether
    the same request helps, and `members` which facts may come. `pointed` is an example of `errors`,
    where a field is always pointed at. `advice` is what to do in a plain sentence, which ends every
    `detail` of the class; empty where details say it by themselves.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal-error"
    title: ClassVar[str] = "Something went wrong on our side"
    type: ClassVar[str] = ""
    meaning: ClassVar[str] = (
        "A fault of the platform, not of your call. It is in the operator's logs under the "
        "`request_id`."
    )
    remedy: ClassVar[str] = (
        "Repeat the call with the same `Idempotency-Key`. If it fails again, give the operator the "
        "`request_id`."
    )
    retry: ClassVar[Retry] = Retry.YES
    members: ClassVar[Mapping[str, Fact]] = {}
    pointed: ClassVar[Sequence[FieldError]] = ()
    advice: ClassVar[str] = ""

    def __init__(
        self,
        detail: str = "",
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        **facts: Any,
    ) -> None:
        said = detail or self.title
        if self.advice:
            said = f"{said.removesuffix('.')}. {self.advice}"
        super().__init__(said)
        self.detail = said
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.facts = facts


@contextmanager
def pointed_at(pointer: str) -> Iterator[None]:
    """What is refused within is that field's fault, unless the refusal points at one itself.

    For what a body names: a query that finds nothing does not know where its id came from. An empty
    pointer is none, and what is the platform's own fault is no field's.
    """
    try:
        yield
    except TifoError as error:
        if pointer and not error.errors and error.status < 500:
            error.errors = (FieldError(pointer, error.code, error.detail),)
        raise


class BadRequest(TifoError):
    status = 400
    code = "bad-request"
    title = "The request could not be understood"
    meaning = (
        "The request, or its body, is not of a form that can be read: broken JSON, a wrong "
        "header, an address with forbidden characters."
    )
    remedy = "Read `detail`, mend the request, and send it again."
    retry = Retry.NO

    @classmethod
    def field(cls, pointer: str, code: str, detail: str) -> Self:
        """The refusal of one field, query parameter or header."""
        return cls(detail, errors=[FieldError(pointer, code, detail)])


class Invalid(BadRequest):
    code = "invalid"
    title = "One or more fields are not valid"
    meaning = (
        "The request was read, and at least one field has a value that the operation does not take."
    )
    remedy = (
        "Go through `errors`: each `pointer` names a field of the body (a JSON pointer), a query "
        "parameter or a header, and its `detail` says what is expected. The [API reference]"
        "(/reference) has every field with its range."
    )
    retry = Retry.NO
    pointed = [FieldError("/overlap_s", "out-of-range", "overlap_s must be 0 to 2592000.")]


class NotFound(TifoError):
    status = 404
    code = "not-found"
    title = "There is no such thing here"
    meaning = (
        "Nothing of yours has this id or address. What belongs to another organisation, or to the "
        "other mode (live and test), is answered the same way."
    )
    remedy = (
        "Check the id, and that the key is of the mode in which the thing was made: a "
        "`tifo_test_` key sees nothing live."
    )
    retry = Retry.NO

    @classmethod
    def named(cls, what: str, called: str) -> Self:
        """Of a thing that is asked for by its id."""
        return cls(f"No {what} {called}: check the id, and the key's mode, live or test.")


class Conflict(TifoError):
    status = 409
    code = "conflict"
    title = "The request conflicts with what is there"
    meaning = "What the request wants does not fit the state that the thing is in by now."
    remedy = "Read the thing again, decide by its present state, and send a request that fits."
    retry = Retry.NO
