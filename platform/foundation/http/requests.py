"""A request id on every answer and every log line."""

import contextvars
import os
import re
from collections.abc import Callable
from random import Random
from typing import Any

from django.http import HttpRequest, HttpResponse

HEADER = "X-Request-Id"
_given = re.compile(r"[A-Za-z0-9_-]{8,64}")
_current: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="")
_random = Random()  # noqa: S311  (an id only correlates; the system's would cost a call each)
os.register_at_fork(after_in_child=_random.seed)


def current_request_id() -> str:
    """The id of the request being served, or an empty string outside one."""
    return _current.get()


def new_request_id() -> str:
    return f"req_{_random.getrandbits(96):024x}"


def enter(given: str | None) -> tuple[str, contextvars.Token[str]]:
    """Take the caller's id when it is well formed (it only correlates, it grants nothing)."""
    request_id = given if given and _given.fullmatch(given) else new_request_id()
    return request_id, _current.set(request_id)


def leave(token: contextvars.Token[str]) -> None:
    _current.reset(token)


class RequestIdMiddleware:
    """First in the chain, so that even a refused host or a crash answers with its id."""

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id, token = enter(request.headers.get(HEADER))
        try:
            response: HttpResponse = self.get_response(request)
            response.headers[HEADER] = request_id
            return response
        finally:
            leave(token)
