"""The operator's view of closed months: statements, corrections, and how far a close has come."""

import json
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import TabularInline

from billing.models import Closing, Correction, Statement
from billing.rules.currencies import currency
from billing.rules.rounding import exact, money
from billing.rules.statements.contents import Waiver
from foundation.admin import ReadOnlyAdmin
from metering.models import UsageMonth
from tenants.admin import RealFilter


class CorrectionInline(TabularInline):
    model = Correction
    fk_name = "statement"
    fields = ["number", "amount", "waived", "waived_because", "settled_in", "made_at"]
    readonly_fields = fields
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="amount")
    def amount(self, correction: Correction) -> str:
        """In the currency of the month that it corrects, whatever that of its settling one is."""
        unit = currency(correction.statement.currency)
        return money(exact(correction.amount_minor, unit), unit)

    @admin.display(description="why it is waived")
    def waived_because(self, correction: Correction) -> str:
        why = json.loads(correction.content).get("waived_because")
        return _WHY.get(why, why or "")


_WHY = {
    Waiver.TOO_LATE: "It came too late to be charged",
    Waiver.OTHER_CURRENCY: "The month that settles it is billed in another currency",
}


@admin.register(Statement)
class StatementAdmin(ReadOnlyAdmin):
    list_display = ["number", "organisation", "month", "total", "livemode", "closed_at"]
    list_filter = [RealFilter, "livemode", "month", "currency"]
    list_select_related = ["organisation"]
    search_fields = ["number", "organisation__name", "organisation__id", "content_hash"]
    fields = [
        "number",
        "organisation",
        "month",
        "total",
        "closed_at",
        "content_hash",
        "previous_hash",
        "document",
    ]
    readonly_fields = ["total", "document"]
    inlines = [CorrectionInline]

    @admin.display(ordering="total_minor")
    def total(self, statement: Statement) -> str:
        unit = currency(statement.currency)
        return money(exact(statement.total_minor, unit), unit)

    @admin.display(description="content")
    def document(self, statement: Statement) -> SafeString:
        text = json.dumps(json.loads(statement.content), indent=2, ensure_ascii=False)
        return format_html("<pre>{}</pre>", text)


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
