"""What an operation brings to the hot door (`front`), and how it reads a plain body there.

The door understands the ordinary case only. For everything else there is `Unusual`: the operation's
twin, a view under Django REST framework, then answers, and says what is wrong if anything is.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

from rest_framework.renderers import JSONRenderer

from foundation.validation.moments import read_moment
from foundation.validation.strict_json import read_json
from gateway.callers.caller import Caller
from gateway.operations import Operation

Asked = TypeVar("Asked")
JSON = frozenset({b"application/json", b"application/json; charset=utf-8"})
_parameter = re.compile(r"\{\w+\}")


class Unusual(Exception):
    """The request is not plain: its operation's twin decides what becomes of it."""


class Call(NamedTuple):
    """A request as the door hands it on; `name` is what stands for the parameter of the path."""

    body: bytes
    name: str
    query: str
    now: datetime
    caller: Caller


class Reply(NamedTuple):
    """An answer in bytes."""

    status: int
    body: bytes
    content_type: bytes = b"application/json"


class HotOperation(ABC, Generic[Asked]):
    """A POST that is answered in the event loop, beside its twin.

    `path` is written as in the API's document, with one parameter at most and then as the last word
    but one. `operation` is the twin's own. What `read` accepts, the twin accepts with the same
    meaning.
    """

    path: ClassVar[str]
    operation: ClassVar[Operation]
    content_types: ClassVar[frozenset[bytes]] = JSON
    query: ClassVar[re.Pattern[bytes]] = re.compile(rb"")

    @cached_property
    def route(self) -> str:
        """The operation's name for limits that are counted per route."""
        return f"POST {self.path}"

    @property
    def parameter(self) -> str:
        """What stands in the path for a name: "{cue_id}", or nothing."""
        found = _parameter.search(self.path)
        return found[0] if found else ""

    @abstractmethod
    def read(self, call: Call) -> Asked:
        """What the call asks for; raises Unusual, or the very TifoError that the twin raises."""

    def end_users(self, asked: Asked) -> Sequence[str]:
        """End users named in the body."""
        return ()

    @abstractmethod
    async def act(self, caller: Caller, asked: Asked, call: Call) -> Reply:
        """Do it for an admitted caller; raises what the twin raises, and by now no Unusual."""


def reply(status: int, data: Any, content_type: str = "application/json") -> Reply:
    """The data as the twin would write it."""
    return Reply(status, _renderer.render(data), content_type.encode())


def read_object(body: bytes, members: frozenset[str]) -> dict[str, Any]:
    """The JSON object in a body, which has no other members than these."""
    try:
        asked = read_json(body)
    except ValueError:
        raise Unusual from None
    if type(asked) is not dict or not asked.keys() <= members:
        raise Unusual
    return asked


def plain_text(value: Any, most: int) -> str:
    """A string of 1 to `most` printable characters with no space around it."""
    # Unprintable are control characters, lone surrogates, and every space but the plain one.
    if type(value) is not str or not 0 < len(value) <= most or not value.isprintable():
        raise Unusual
    if value[0] == " " or value[-1] == " ":
        raise Unusual
    return value


def plain_texts(values: Any, most: int, *, most_each: int) -> list[str]:
    """1 to `most` of them, in a few steps over all rather than a few for each."""
    if type(values) is not list or not 0 < len(values) <= most:
        raise Unusual
    if len(values) == 1:
        plain_text(values[0], most_each)
        return values
    try:
        together = "".join(values)
    except TypeError:
        raise Unusual from None
    if not together.isprintable() or not all(values) or len(max(values, key=len)) > most_each:
        raise Unusual
    if " " in together and any(value[0] == " " or value[-1] == " " for value in values):
        raise Unusual
    return values


def plain_float(value: Any, least: float, most: float) -> float:
    if type(value) in (float, int) and least <= value <= most:
        return float(value)
    raise Unusual


def plain_int(value: Any, least: int, most: int) -> int:
    if type(value) is int and least <= value <= most:
        return value
    raise Unusual


def plain_moment(value: Any) -> datetime:
    """An instant as RFC 3339 writes it, in UTC."""
    try:
        return read_moment(value)
    except (TypeError, ValueError):
        raise Unusual from None


_renderer = JSONRenderer()
