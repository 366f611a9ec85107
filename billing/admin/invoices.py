"""The operator's door to invoices, what was given back, and every movement of money."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from unfold.admin import ModelAdmin, TabularInline

from billing.models import CreditNote, Invoice, LedgerEntry
from billing.rules.currencies import currency
from billing.rules.rounding import exact, money
from billing.services.collection import driving, handing_over, refunds
from foundation.admin import ReadOnlyAdmin
from foundation.clock import now
from foundation.errors import TifoError
from tenants.admin import RealFilter


def amount(minor: int, code: str) -> str:
    """For people, as in 50.01 USD."""
    unit = currency(code)
    return money(exact(minor, unit), unit)


class CreditNoteInline(TabularInline):
    model = CreditNote
    fields = ["id", "amount_minor", "reason", "state", "external_id", "problem", "issued_at"]
    readonly_fields = fields
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class LedgerInline(TabularInline):
    model = LedgerEntry
    fields = ["at", "kind", "amount_minor", "currency", "source"]
    readonly_fields = fields
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Invoice)
class InvoiceAdmin(ReadOnlyAdmin):
    list_display = [
        "number", "organisation", "total", "state", "collector", "due_at", "paid_at", "problem",
    ]  # fmt: skip
    list_filter = [
        RealFilter,
        "state",
        "collector",
        ("problem", admin.EmptyFieldListFilter),
        "currency",
    ]
    search_fields = ["id", "number", "external_id", "organisation__name", "organisation__id"]
    list_select_related = ["organisation"]
    date_hierarchy = "created_at"
    readonly_fields = ["credit"]
    inlines = [CreditNoteInline, LedgerInline]
    actions = ["retry", "void", "record_payment", "hand_over"]

    @admin.display(description="Total before tax", ordering="total_minor")
    def total(self, invoice: Invoice) -> str:
        return amount(invoice.total_minor, invoice.currency)

    @admin.display(description="Give something back")
    def credit(self, invoice: Invoice) -> str:
        address = reverse("admin:billing_creditnote_add")
        return format_html('<a href="{}?invoice={}">A credit note</a>', address, invoice.pk)

    def has_move_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("billing.change_invoice"))

    @admin.action(description="Try again now", permissions=["move"])
    def retry(self, request: HttpRequest, invoices: QuerySet[Invoice]) -> None:
        self._each(request, invoices, driving.retry)

    @admin.action(description="Void: nothing is owed of it any more", permissions=["move"])
    def void(self, request: HttpRequest, invoices: QuerySet[Invoice]) -> None:
        self._each(request, invoices, refunds.void)

    @admin.action(description="Record that it was paid in full", permissions=["move"])
    def record_payment(self, request: HttpRequest, invoices: QuerySet[Invoice]) -> None:
        self._each(request, invoices, refunds.record_payment)

    @admin.action(description="Let Stripe collect it", permissions=["move"])
    def hand_over(self, request: HttpRequest, invoices: QuerySet[Invoice]) -> None:
        self._each(request, invoices, handing_over.to_stripe)

    def _each(
        self, request: HttpRequest, invoices: QuerySet[Invoice], act: Callable[..., Any]
    ) -> None:
        done = 0
        for invoice in invoices:
            try:
                act(invoice, now=now())
                done += 1
            except TifoError as error:
                self.message_user(request, f"{invoice}: {error.detail}", level="warning")
        self.message_user(request, f"Done for {done} of {len(invoices)}.")


if TYPE_CHECKING:
    _Form = forms.ModelForm[CreditNote]
else:
    _Form = forms.ModelForm  # generic for the type checker only


class CreditNoteForm(_Form):
    class Meta:
        model = CreditNote
        fields = ["invoice", "amount_minor", "reason"]
        help_texts = {
            "amount_minor": "Before tax, in minor units of the invoice's currency (cents). Of a "
            "paid invoice it goes back to the payer."
        }

    def clean(self) -> dict[str, Any]:
        """Refuse what could not be given back, beside the amount."""
        given = super().clean() or {}
        if not self.errors:
            try:
                refunds.check(given["invoice"], given["amount_minor"])
            except TifoError as error:
                raise ValidationError({"amount_minor": error.detail}) from error
        return given


@admin.register(CreditNote)
class CreditNoteAdmin(ModelAdmin):
    """A note is written here and issued by a worker; it is never changed afterwards."""

    form = CreditNoteForm
    list_display = ["id", "organisation", "invoice", "amount_minor", "state", "problem"]
    list_filter = ["state", ("problem", admin.EmptyFieldListFilter)]
    search_fields = ["id", "external_id", "invoice__number", "organisation__name"]
    list_select_related = ["organisation", "invoice"]
    autocomplete_fields = ["invoice"]
    actions = ["retry"]

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_move_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("billing.add_creditnote"))

    def save_model(
        self, request: HttpRequest, note: CreditNote, form: CreditNoteForm, change: bool
    ) -> None:
        moment: datetime = now()
        made = refunds.credit(
            note.invoice, amount_minor=note.amount_minor, reason=note.reason, now=moment
        )
        note.pk, note.organisation_id, note.created_at = made.pk, made.organisation_id, moment
        note._state.adding = False

    @admin.action(description="Try again now", permissions=["move"])
    def retry(self, request: HttpRequest, notes: QuerySet[CreditNote]) -> None:
        notes.filter(state=CreditNote.State.CREATED).update(next_attempt_at=now(), problem="")


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnlyAdmin):
    list_display = ["at", "organisation", "kind", "amount", "invoice", "source"]
    list_filter = ["kind", "currency"]
    search_fields = ["organisation__name", "organisation__id", "invoice__number", "source"]
    list_select_related = ["organisation", "invoice"]
    date_hierarchy = "at"
    show_full_result_count = False

    @admin.display(description="Owed more, or less", ordering="amount_minor")
    def amount(self, entry: LedgerEntry) -> str:
        return amount(entry.amount_minor, entry.currency)
