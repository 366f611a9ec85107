"""A document as an answer over HTTP, the same to the customer and to the operator."""

from django.http import HttpResponse

from billing.documents.formats import FORMATS
from billing.documents.pages import policy
from billing.documents.papers import Paper


def answered(paper: Paper, name: str) -> HttpResponse:
    """The paper in one of FORMATS: a page to look at, any other to be saved.

    Raises FormatMissing for PDF without the extra.
    """
    chosen = FORMATS[name]
    response = HttpResponse(chosen.make(paper), content_type=chosen.content_type)
    kind = "inline" if name == "html" else "attachment"
    response.headers["Content-Disposition"] = f'{kind}; filename="{paper.number}{chosen.suffix}"'
    if name == "html":
        response.headers["Content-Security-Policy"] = policy()
    return response
