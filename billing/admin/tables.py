"""A table inside a page of the admin: beside its field on a desktop, stacked on a phone."""

from collections.abc import Iterable, Sequence

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

Cell = str | SafeString


def table(headers: Sequence[str], rows: Iterable[Sequence[Cell]]) -> SafeString:
    """Cells are escaped, but for those that are safe already."""
    named = [list(zip(headers, row, strict=True)) for row in rows]
    return render_to_string("billing/table.html", {"headers": headers, "rows": named})
