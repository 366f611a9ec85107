"""Cursor pages: newest first, by id (ids sort by time), stable while rows are added."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet

from foundation.errors import Invalid
from foundation.ids import PATTERN

CURSOR = rf"{PATTERN}|[0-9]{{1,18}}"
_cursor = re.compile(CURSOR)
MAX_LIMIT = 100
DEFAULT_LIMIT = 20
Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page; `next_cursor` is None on the last one."""

    rows: Sequence[Row]
    next_cursor: str | None

    def render(self, render_row: Callable[[Row], Any]) -> dict[str, Any]:
        return {"data": [render_row(row) for row in self.rows], "next_cursor": self.next_cursor}


def page(rows: QuerySet[Row], parameters: Any) -> Page[Row]:
    """The page that the query parameters `limit` (1–100) and `cursor` (an id) ask for."""
    limit = read_limit(parameters.get("limit", str(DEFAULT_LIMIT)))
    cursor = parameters.get("cursor")
    if cursor is not None:
        if not _cursor.fullmatch(cursor):
            raise Invalid.field("/cursor", "malformed", "cursor must be a next_cursor.")
        rows = rows.filter(pk__lt=cursor)
    found = list(rows.order_by("-pk")[: limit + 1])
    more = len(found) > limit
    return Page(found[:limit], str(found[limit - 1].pk) if more else None)


def read_limit(text: str) -> int:
    limit = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
    if not 1 <= limit <= MAX_LIMIT:
        raise Invalid.field("/limit", "out-of-range", f"limit must be 1 to {MAX_LIMIT}.")
    return limit
