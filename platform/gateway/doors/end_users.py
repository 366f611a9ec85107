"""End users as calls name them: in the header `Tifo-End-User` or as a text in a body."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from foundation.errors import BadRequest, Invalid
from foundation.validation.strict import Text
from gateway.doors.hot import Unusual, plain_text, plain_texts
from metering.end_users import LONGEST, PATTERN, InvalidEndUser, is_normal, normal

HEADER: Final = "Tifo-End-User"
META: Final = "HTTP_TIFO_END_USER"
SCHEMA: Final = {"type": "string", "minLength": 1, "maxLength": LONGEST, "pattern": PATTERN}


@extend_schema_field(SCHEMA)
class EndUserField(Text):
    """A fan in the developer's own naming: a text, and never a number."""

    def __init__(self, **given: Any) -> None:
        super().__init__(trim_whitespace=False, **given)

    def to_internal_value(self, data: str) -> str:
        try:
            return normal(data)
        except InvalidEndUser as error:
            raise serializers.ValidationError(error.detail, code=error.reason) from None


def from_header(given: bytes) -> str:
    """The header's bytes are UTF-8, or Latin-1 if they are not; raises Invalid."""
    try:
        name = given.decode()
    except UnicodeDecodeError:
        name = given.decode("latin-1")
    try:
        return normal(name)
    except InvalidEndUser as error:
        raise Invalid.field(f"/{HEADER}", error.reason, error.detail) from None


def from_headers(headers: Iterable[tuple[bytes, bytes]]) -> list[str]:
    """The end user that an ASGI scope's headers name, if any; raises BadRequest for two."""
    name = HEADER.lower().encode()
    given = [value for header, value in headers if header == name]
    if len(given) > 1:
        raise BadRequest.field(
            f"/{HEADER}", "repeated-header", f"A call is for one end user: send {HEADER} once."
        )
    return [from_header(value) for value in given]


def from_wsgi(environ: Mapping[str, Any]) -> list[str]:
    """`from_headers` as WSGI hands them over, which makes one of two with a comma in between."""
    given = environ.get(META)
    if given is None:
        return []
    if "," in given and "asgi.scope" in environ:
        return from_headers(environ["asgi.scope"]["headers"])
    return [from_header(given.encode("latin-1"))]


def plain_header(given: bytes) -> str:
    """A header that needs no normalising; raises Unusual for any other."""
    try:
        return plain_end_user(given.decode())
    except UnicodeDecodeError:
        raise Unusual from None


def plain_end_user(value: Any) -> str:
    """A name that is its only spelling; raises Unusual for anything else."""
    name = plain_text(value, LONGEST)
    if not is_normal(name):
        raise Unusual
    return name


def plain_end_users(values: Any, most: int) -> list[str]:
    """1 to `most` of them."""
    names = plain_texts(values, most, most_each=LONGEST)
    # Of texts that stand together normal, each is so alone.
    if not is_normal("".join(names)):
        raise Unusual
    return names
