"""The formats that a document comes in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from billing.documents.pages import page
from billing.documents.papers import Paper
from billing.documents.pdf import pdf
from billing.documents.tables import focus_csv, lines_csv


@dataclass(frozen=True)
class Format:
    """How a document is made, its media type, and the end of its file's name."""

    make: Callable[[Paper], bytes]
    content_type: str
    suffix: str


FORMATS: Final[Mapping[str, Format]] = {
    "html": Format(page, "text/html; charset=utf-8", ".html"),
    "pdf": Format(pdf, "application/pdf", ".pdf"),
    "csv": Format(lines_csv, "text/csv; charset=utf-8", ".csv"),
    "focus": Format(focus_csv, "text/csv; charset=utf-8", "-focus.csv"),
}
