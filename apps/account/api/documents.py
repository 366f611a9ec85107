"""A statement or an invoice as a document to read, print or feed to a program."""

from django.http import HttpResponse
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from billing.documents.answers import answered
from billing.documents.formats import FORMATS
from billing.documents.papers import Paper
from foundation.errors import Invalid
from gateway.doors.parameters import text
from gateway.doors.views import GatedView

FORMAT_PARAMETER = text(
    "format",
    "html prints well on A4, pdf is the same on paper; csv has the lines, focus is FOCUS 1.2. "
    "Default html.",
    enum=list(FORMATS),
)


class AnyTypeView(GatedView):
    """Answers of their own type: no `Accept` is refused."""

    def perform_content_negotiation(
        self, request: Request, force: bool = True
    ) -> tuple[BaseRenderer, str]:
        return super().perform_content_negotiation(request, force=True)


def document(paper: Paper, request: Request) -> HttpResponse:
    """The paper in the format that the query asks for."""
    name = request.query_params.get("format", "html")
    if name not in FORMATS:
        known = ", ".join(FORMATS)
        raise Invalid.field("/format", "unknown-format", f"Choose one of {known}.")
    return answered(paper, name)
