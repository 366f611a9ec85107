"""The root of every error a caller may see: a status, a stable code, and typed facts.

TifoError
├── BadRequest (400) ── Invalid (422-like field errors, reported as 400)
├── NotFound (404)
└── Conflict (409)
Each package keeps its own errors beside the function that raises them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field; `pointer` is a JSON pointer into the request body."""

    pointer: str
    code: str
    detail: str


class TifoError(Exception):
    """An expected refusal. Subclasses set `status`, `code` and `title`; facts go to the caller.

    `type` is the address of a registered problem type; our own stand under /docs/errors.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal-error"
    title: ClassVar[str] = "Something went wrong on our side"
    type: ClassVar[str] = ""

    def __init__(
        self,
        detail: str = "",
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        **facts: Any,
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.facts = facts


class BadRequest(TifoError):
    status = 400
    code = "bad-request"
    title = "The request could not be understood"


class Invalid(BadRequest):
    code = "invalid"
    title = "One or more fields are not valid"

    @classmethod
    def field(cls, pointer: str, code: str, detail: str) -> "Invalid":
        return cls(detail, errors=[FieldError(pointer, code, detail)])


class NotFound(TifoError):
    status = 404
    code = "not-found"
    title = "There is no such thing here"


class Conflict(TifoError):
    status = 409
    code = "conflict"
    title = "The request conflicts with what is there"
