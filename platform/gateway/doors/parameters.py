"""Query parameters: declared once beside the view, told in the API's document, and no others taken.

A parameter that nobody reads is input lost: with `?limt=5` a list would answer as if nothing had
been asked.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.http import HttpRequest
from drf_spectacular.utils import OpenApiParameter

from foundation.errors import Invalid
from foundation.http.pagination import CURSOR, MAX_LIMIT
from foundation.ids import PATTERN

_id = re.compile(PATTERN)
Parameters = Mapping[str, Sequence[OpenApiParameter]]


def text(name: str, description: str, *, required: bool = False, **schema: Any) -> OpenApiParameter:
    """One that is a string; `schema` holds further words of JSON Schema."""
    return OpenApiParameter(
        name, {"type": "string", **schema}, description=description, required=required
    )


def whole(name: str, description: str, *, least: int, most: int) -> OpenApiParameter:
    """One that is a whole number from `least` to `most`."""
    schema = {"type": "integer", "minimum": least, "maximum": most}
    return OpenApiParameter(name, schema, description=description)


def instant(name: str, description: str) -> OpenApiParameter:
    return text(name, description, format="date-time")


def an_id(name: str, description: str) -> OpenApiParameter:
    return text(name, description, pattern=f"^{PATTERN}$")


PAGE_PARAMETERS = [
    whole("limit", "Rows per page, 1 to 100; default 20.", least=1, most=MAX_LIMIT),
    text("cursor", "`next_cursor` of the page before.", pattern=f"^(?:{CURSOR})$"),
]


def check_query(request: HttpRequest, declared: Parameters) -> None:
    """Raise Invalid for a parameter that the operation does not know, or that stands twice."""
    if not request.META.get("QUERY_STRING"):
        return
    method = "get" if request.method == "HEAD" else (request.method or "").lower()
    check_given(request.GET.lists(), {each.name for each in declared.get(method, ())})


def check_given(given: Iterable[tuple[str, Sequence[str]]], known: Collection[str]) -> None:
    """Raise Invalid for a name with its values that is not `known`, or that stands twice."""
    for name, values in given:
        if name not in known:
            there_are = f"there are: {', '.join(sorted(known))}." if known else "it takes none."
            raise Invalid.field(
                f"/{name}", "unknown-parameter", f"No such query parameter; {there_are}"
            )
        if len(values) > 1:
            raise Invalid.field(f"/{name}", "repeated-parameter", f"{name} stands twice.")


def read_id(name: str, given: str) -> str:
    """The id in a parameter; raises Invalid for what is none."""
    if not _id.fullmatch(given):
        raise Invalid.field(f"/{name}", "malformed", f"{name} must be an id.")
    return given


def read_whole(name: str, given: str, *, least: int, most: int) -> int:
    """The number in a parameter; raises Invalid for anything but one from `least` to `most`."""
    number = int(given) if given.isascii() and given.isdecimal() and len(given) < 10 else -1
    if not least <= number <= most:
        raise Invalid.field(f"/{name}", "out-of-range", f"{name} must be {least} to {most}.")
    return number
