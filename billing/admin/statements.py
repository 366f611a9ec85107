"""The operator's view of closed months: statements, corrections, and how far a close has come."""

import json
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import TabularInline

from billing.admin.amounts import shown
from billing.admin.documents import Documented
from billing.admin.tables import table
from billing.documents.papers import Paper, statement_paper
from billing.models import Closing, Correction, Statement
from billing.rules.statements.contents import Waiver
from foundation.admin import ReadOnlyAdmin
from metering.models import UsageMonth
from tenants.admin import RealFilter

TOTAL = shown("total_minor", "Total")
# In the currency of the month that it corrects, whatever that of its settling one is.
AMOUNT = shown("amount_minor", "Amount", code="statement.currency")
HEADERS = ("Description", "Quantity", "Price", "Amount")


class CorrectionInline(TabularInline):
    model = Correction
    fk_name = "statement"
    fields = ["number", AMOUNT, "waived", "waived_because", "settled_in", "made_at"]
    readonly_fields = fields
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="why it is waived")
    def waived_because(self, correction: Correction) -> str:
        why = json.loads(correction.content).get("waived_because")
        return _WHY.get(why, why or "")


_WHY = {
    Waiver.TOO_LATE: "It came too late to be charged",
    Waiver.OTHER_CURRENCY: "The month that settles it is billed in another currency",
}


@admin.register(Statement)
class StatementAdmin(Documented):
    list_display = ["number", "organisation", "month", TOTAL, "livemode", "closed_at"]
    list_filter = [RealFilter, "livemode", "month", "currency"]
    list_select_related = ["organisation"]
    search_fields = ["number", "organisation__name", "organisation__id", "content_hash"]
    fields = [
        "number",
        "organisation",
        "month",
        TOTAL,
        "lines",
        "documents",
        "invoiced",
        "closed_at",
        "content_hash",
        "previous_hash",
        "document",
    ]
    readonly_fields = [TOTAL, "lines", "documents", "invoiced", "document"]
    inlines = [CorrectionInline]

    def paper(self, row: Statement) -> Paper:
        return statement_paper(row)

    def statement_of(self, row: Statement) -> Statement:
        return row

    @admin.display(description="Invoice")
    def invoiced(self, statement: Statement) -> str | SafeString:
        row = getattr(statement, "invoice", None)
        if row is None:
            return "None: nothing is owed"
        place = reverse("admin:billing_invoice_change", args=[row.pk])
        return format_html('<a class="text-link" href="{}">{}</a>, {}', place, row.pk, row.state)

    @admin.display(description="Lines")
    def lines(self, statement: Statement) -> SafeString:
        paper = self.paper(statement)
        rows = [
            (each.description, each.quantity, each.unit_price, each.amount) for each in paper.rows
        ]
        rows.append(("Total", "", "", paper.total))
        return table(HEADERS, rows)

    @admin.display(description="Content")
    def document(self, statement: Statement) -> SafeString:
        text = json.dumps(json.loads(statement.content), indent=2, ensure_ascii=False)
        return format_html(
            '<details><summary class="cursor-pointer text-link">Show the JSON</summary>'
            '<pre style="white-space: pre-wrap">{}</pre></details>',
            text,
        )


@admin.register(Closing)
class ClosingAdmin(ReadOnlyAdmin):
    list_display = ["month", "statements", "still_open", "started_at", "finished_at"]
    fields = ["month", "statements", "still_open", "started_at", "finished_at"]
    readonly_fields = ["still_open"]
    ordering = ["-month"]

    @admin.display(description="still open")
    def still_open(self, closing: Closing) -> int:
        """Organisations whose month could not be closed yet; the log says why."""
        return UsageMonth.objects.filter(
            month=closing.month, livemode=True, closed_at=None, organisation__sandbox_of=None
        ).count()
