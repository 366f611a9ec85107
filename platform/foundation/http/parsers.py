"""Bodies as the views read them: JSON and forms in which nothing stands twice.

The framework's own parsers take the last of what is given twice, and lose the rest without a word.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import DataAndFiles, JSONParser, MultiPartParser

from foundation.errors import BadRequest, Invalid
from foundation.validation.strict_json import NoSuchNumber, RepeatedMember, read_json, token

REPEATED_MEMBER, REPEATED_PART = "repeated-member", "repeated-part"
NOT_A_NUMBER = "not-a-number"


class Json(JSONParser):
    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        return read_body(stream.read())


class ExactJson(Json):
    """JSON whose numbers are decimal, as they were written; see `exact`."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        return read_body(stream.read(), number=exact)


def exact(digits: str) -> Decimal:
    """The number as it was written; NaN for an exponent of more digits than a decimal has.

    It is JSON all the same: whoever reads its member refuses what is not finite, and that alone.
    """
    try:
        return Decimal(digits)
    except InvalidOperation:
        return Decimal("NaN")


def read_body(body: bytes, *, number: Callable[[str], Any] | None = None) -> Any:
    """The JSON in it; `number` makes its numbers of their digits, else int and float.

    Raises ParseError, Invalid for a member that stands twice, and BadRequest for NaN or an
    infinity; both point at it.
    """
    try:
        return read_json(body, whole=number or int, fraction=number or float)
    except RepeatedMember as error:
        said = f"{error.name} stands twice."
        raise Invalid.field(error.pointer, REPEATED_MEMBER, said) from error
    except NoSuchNumber as error:
        raise BadRequest.field(error.pointer or "/", NOT_A_NUMBER, str(error)) from error
    except ValueError as error:
        raise ParseError from error


class Form(MultiPartParser):
    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> "DataAndFiles[Any, Any]":
        """The parts; raises Invalid for a name that two of them have."""
        found = super().parse(stream, media_type, parser_context)
        check_parts(found.data, found.files)
        return found


def check_parts(fields: Any, files: Any) -> None:
    """Raise Invalid for a name that two parts of a form have, texts or files (MultiValueDicts)."""
    for name in (*fields, *files):
        if len(fields.getlist(name)) + len(files.getlist(name)) > 1:
            said = f"{name} stands twice."
            raise Invalid.field(f"/{token(name)}", REPEATED_PART, said)
