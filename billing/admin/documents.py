"""What the customer sees of a month, for the operator: page, PDF, tables, and the export."""

from abc import abstractmethod
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from billing.documents import pdf
from billing.documents.answers import answered
from billing.documents.exports import export
from billing.documents.formats import FORMATS
from billing.documents.papers import Paper
from billing.models import Statement
from billing.queries.statements import until
from billing.refusals import FormatMissing
from tenants.admin import RealAdmin

NAMES = {
    "html": "Page",
    "pdf": "PDF",
    "csv": "CSV",
    "focus": "FOCUS",
    "export": "Export",
    "whole": "Export with its users and all statements before",
}


class Documented(RealAdmin):
    """Rows that are documents too; who may look at the row may open them."""

    @abstractmethod
    def paper(self, row: Any) -> Paper:
        """What is drawn of the row."""

    @abstractmethod
    def statement_of(self, row: Any) -> Statement:
        """Whose export belongs to the row."""

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.document_view)
        return [path("<path:object_id>/as/<str:form>/", view, name=self._name), *super().get_urls()]

    @property
    def _name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_document"

    @admin.display(description="As the customer has it")
    def documents(self, row: Any) -> SafeString:
        places = [
            (reverse(f"admin:{self._name}", args=[row.pk, form]), name)
            for form, name in NAMES.items()
            if form != "pdf" or pdf.installed()
        ]
        return format_html_join(" · ", '<a class="text-link" href="{}">{}</a>', places)

    def document_view(self, request: HttpRequest, object_id: str, form: str) -> HttpResponseBase:
        row = self.get_object(request, object_id)
        if row is None or form not in NAMES:
            raise Http404
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        if form not in FORMATS:
            return _export(self.statement_of(row), whole=form == "whole")
        try:
            return answered(self.paper(row), form)
        except FormatMissing as missing:
            self.message_user(request, missing.detail, messages.WARNING)
            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", row.pk)


def _export(statement: Statement, *, whole: bool) -> StreamingHttpResponse:
    chain = until(statement) if whole else [statement]
    answer = StreamingHttpResponse(export(chain, users=whole), content_type="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="{statement.number}.json"'
    return answer
