"""Instants as RFC 3339 writes them: the one form in which a caller may tell a time."""

import re
from datetime import UTC, datetime
from typing import Final

_form = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)
EXPLAINED: Final = "Write an instant as RFC 3339 does, with its offset: 2026-11-29T20:45:00Z."


def read_moment(text: str) -> datetime:
    """The instant in UTC, cut to microseconds; T and Z may be small (RFC 3339, section 5.6).

    Raises ValueError for any other form, a leap second, and what falls outside the years 1 to 9999.
    A time without an offset is refused: it would be another instant on each side of the wire.
    """
    if not _form.fullmatch(text):
        raise ValueError(EXPLAINED)
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (OverflowError, ValueError) as error:
        raise ValueError(EXPLAINED) from error
