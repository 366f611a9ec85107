"""What Stripe has told, what was compared with it, and what was reported to it."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from billing.admin.tables import table
from billing.collectors.protocol import Away, Refused
from billing.models import InboxMessage, MeterReport, Reconciliation
from billing.queries.differences import Told, differences
from billing.services.collection import inbox, reconciliation
from billing.stripe_gateway import connection
from foundation.admin import ReadOnlyAdmin, wrapped
from foundation.clock import now

HEADERS = ("What differs", "Statement", "Invoice", "Here", "At Stripe")
NO_KEY = "There is no Stripe key: statements are compared with the invoices kept here alone."


@admin.register(Reconciliation)
class ReconciliationAdmin(ReadOnlyAdmin):
    """One comparison of a month, to the last minor unit."""

    list_display = ["month", "ran_at", "compared", "found"]
    list_filter = ["month"]
    readonly_fields = ["shown"]
    exclude = ["differences"]
    actions = ["compare"]
    list_before_template = "billing/compare_now.html"

    @admin.display(description="Differences")
    def found(self, row: Reconciliation) -> int:
        return len(row.differences)

    @admin.display(description="Differences")
    def shown(self, row: Reconciliation) -> str | SafeString:
        if not row.differences:
            return "None: all are equal."
        return table(HEADERS, map(_cells, differences(row)))

    def has_compare_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("billing.change_reconciliation"))

    @admin.action(description="Compare these months again now", permissions=["compare"])
    def compare(self, request: HttpRequest, rows: QuerySet[Reconciliation]) -> None:
        self._compare(request, {row.month for row in rows})

    def get_urls(self) -> list[Any]:
        view = require_POST(self.admin_site.admin_view(self.compare_now))
        own = path("compare/", view, name="billing_reconciliation_compare_now")
        return [own, *super().get_urls()]

    def compare_now(self, request: HttpRequest) -> HttpResponse:
        """The first comparison too: of each month that is recent or not settled, as every night."""
        if not self.has_compare_permission(request):
            raise PermissionDenied
        months = reconciliation.months(now())
        if not months:
            self.message_user(request, "No month is recent or not settled.")
        self._compare(request, months)
        return redirect("admin:billing_reconciliation_changelist")

    def _compare(self, request: HttpRequest, months: Collection[date]) -> None:
        if months and not connection.is_configured():
            self.message_user(request, NO_KEY, level="warning")
        for month in sorted(months):
            try:
                done = reconciliation.reconcile(month, now=now())
            except (Away, Refused) as error:
                self.message_user(request, f"{month:%Y-%m}: {error}", level="warning")
            else:
                found = len(done.differences)
                said = f"{found} difference{'' if found == 1 else 's'}"
                self.message_user(request, f"{month:%Y-%m}: {said}.")


def _cells(told: Told) -> list[str | SafeString]:
    return [
        told.what,
        _link("statement", told.statement_id, told.number),
        _link("invoice", told.invoice_id, told.invoice_id),
        told.ours,
        told.theirs,
    ]


def _link(model: str, key: str, name: str) -> str | SafeString:
    """To the row's page, or its bare name where there is no such row here."""
    if not key:
        return name or "none here"
    place = reverse(f"admin:billing_{model}_change", args=[key])
    return format_html('<a class="text-link" href="{}">{}</a>', place, name)


@admin.register(InboxMessage)
class InboxMessageAdmin(ReadOnlyAdmin):
    list_display = [
        "received_at", wrapped("type"), wrapped("id"), "processed_at", "attempts",
        wrapped("problem", wide=True),
    ]  # fmt: skip
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
    list_display = [
        "made_at", "organisation", "month", "value", "state", wrapped("problem"), "sent_at",
    ]  # fmt: skip
    list_filter = ["state", "month"]
    search_fields = ["organisation__name", "organisation__id", "identifier"]
    list_select_related = ["organisation"]
    show_full_result_count = False
