"""What Stripe has told, what was compared with it, and what was reported to it."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join

from billing.collectors.protocol import Away, Refused
from billing.models import InboxMessage, MeterReport, Reconciliation
from billing.services.collection import inbox, reconciliation
from foundation.admin import ReadOnlyAdmin
from foundation.clock import now


@admin.register(Reconciliation)
class ReconciliationAdmin(ReadOnlyAdmin):
    """One comparison of a month, to the last minor unit."""

    list_display = ["month", "ran_at", "compared", "found"]
    list_filter = ["month"]
    readonly_fields = ["table"]
    exclude = ["differences"]
    actions = ["compare"]

    @admin.display(description="Differences")
    def found(self, row: Reconciliation) -> int:
        return len(row.differences)

    @admin.display(description="Differences")
    def table(self, row: Reconciliation) -> str:
        if not row.differences:
            return "None: all are equal."
        names = ("kind", "number", "statement", "ours", "theirs")
        cells = [[each[name] for name in names] for each in row.differences]
        head = format_html_join("", "<th>{}</th>", [(name,) for name in names])
        rows = format_html_join(
            "",
            "<tr>{}</tr>",
            [(format_html_join("", "<td>{}</td>", [(cell,) for cell in each]),) for each in cells],
        )
        return format_html("<table><tr>{}</tr>{}</table>", head, rows)

    def has_compare_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("billing.change_reconciliation"))

    @admin.action(description="Compare these months again now", permissions=["compare"])
    def compare(self, request: HttpRequest, rows: QuerySet[Reconciliation]) -> None:
        for month in sorted({row.month for row in rows}):
            try:
                done = reconciliation.reconcile(month, now=now())
            except (Away, Refused) as error:
                self.message_user(request, f"{month:%Y-%m}: {error}", level="warning")
            else:
                said = f"{month:%Y-%m}: {len(done.differences)} differences."
                self.message_user(request, said)


@admin.register(InboxMessage)
class InboxMessageAdmin(ReadOnlyAdmin):
    list_display = ["received_at", "type", "id", "processed_at", "attempts", "problem"]
    list_filter = [("processed_at", admin.EmptyFieldListFilter), "type"]
    search_fields = ["id", "type"]
    date_hierarchy = "received_at"
    show_full_result_count = False
    actions = ["again"]

    def has_process_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("billing.change_inboxmessage"))

    @admin.action(description="Process once more", permissions=["process"])
    def again(self, request: HttpRequest, messages: QuerySet[InboxMessage]) -> None:
        for message in messages:
            inbox.again(message)


@admin.register(MeterReport)
class MeterReportAdmin(ReadOnlyAdmin):
    list_display = ["made_at", "organisation", "month", "value", "state", "problem", "sent_at"]
    list_filter = ["state", "month"]
    search_fields = ["organisation__name", "organisation__id", "identifier"]
    list_select_related = ["organisation"]
    show_full_result_count = False
