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

from billing.admin.amounts import AmountField, minor_of, shown
from billing.admin.documents import Documented
from billing.documents.papers import Paper, invoice_paper
from billing.models import CreditNote, Invoice, LedgerEntry, Statement
from billing.refusals import AboveInvoice
from billing.rules.rounding import minor_money
from billing.services.collection import driving, handing_over, refunds
from foundation.admin import ReadOnlyAdmin, wrapped
from foundation.clock import now
from foundation.errors import TifoError
from tenants.admin import RealFilter

TOTAL = shown("total_minor", "Total before tax")
NOTE_AMOUNT = shown("amount_minor", "Amount before tax", code="invoice.currency")
MOVED = shown("amount_minor", "Owed more, or less")


class CreditNoteInline(TabularInline):
    model = CreditNote
    fields = ["id", NOTE_AMOUNT, "reason", "state", "external_id", "problem", "issued_at"]
    readonly_fields = fields
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class LedgerInline(TabularInline):
    model = LedgerEntry
    fields = ["at", "kind", MOVED, "source"]
    readonly_fields = fields
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Invoice)
class InvoiceAdmin(Documented):
    list_display = [
        "number", "organisation", TOTAL, "stands", "collector", "due_at", "paid_at",
        wrapped("problem", wide=True),
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
    fields = [
        "number", "organisation", "statement", "documents", TOTAL,
        shown("tax_minor", "Tax"),
        shown("credited_minor", "Taken off by credit notes"),
        shown("paid_minor", "Paid"), shown("refunded_minor", "Refunded"),
        "state", "collector", "external_id", "hosted_url", "problem", "attempts",
        "next_attempt_at", "created_at", "finalised_at", "due_at", "paid_at", "failed_at", "credit",
    ]  # fmt: skip
    readonly_fields = fields
    inlines = [CreditNoteInline, LedgerInline]
    actions = ["retry", "void", "record_payment", "hand_over"]

    @admin.display(description="State", ordering="state")
    def stands(self, invoice: Invoice) -> str:
        """In a word: what it means is on the invoice's page."""
        return invoice.get_state_display().partition(":")[0]

    @admin.display(description="Give something back")
    def credit(self, invoice: Invoice) -> str:
        address = reverse("admin:billing_creditnote_add")
        return format_html(
            '<a class="text-link" href="{}?invoice={}">A credit note</a>', address, invoice.pk
        )

    def paper(self, row: Invoice) -> Paper:
        return invoice_paper(row)

    def statement_of(self, row: Invoice) -> Statement:
        return row.statement

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
    amount = AmountField(
        help_text="Before tax, in the invoice's currency, as in 12.50. Of a paid invoice it goes "
        "back to the payer."
    )

    class Meta:
        model = CreditNote
        fields = ("invoice", "reason")

    def clean(self) -> dict[str, Any]:
        """Refuse what could not be given back, beside the amount."""
        given = super().clean() or {}
        if not self.errors:
            invoice: Invoice = given["invoice"]
            minor = minor_of(given["amount"], invoice.currency, beside="amount")
            try:
                refunds.check(invoice, minor)
            except AboveInvoice as above:
                most = minor_money(above.facts["left_minor"], invoice.currency)
                said = f"More than 0 and at most {most} can be taken off."
                raise ValidationError({"amount": said}) from above
            except TifoError as error:
                raise ValidationError({"amount": error.detail}) from error
            self.instance.amount_minor = minor
        return given


@admin.register(CreditNote)
class CreditNoteAdmin(ModelAdmin):
    """A note is written here and issued by a worker; it is never changed afterwards."""

    form = CreditNoteForm
    list_display = ["id", "organisation", "invoice", NOTE_AMOUNT, "state", wrapped("problem")]
    list_filter = ["state", ("problem", admin.EmptyFieldListFilter)]
    search_fields = ["id", "external_id", "invoice__number", "organisation__name"]
    list_select_related = ["organisation", "invoice"]
    autocomplete_fields = ["invoice"]
    actions = ["retry"]

    def get_fields(self, request: HttpRequest, obj: CreditNote | None = None) -> list[Any]:
        if obj is None:
            return ["invoice", "amount", "reason"]
        return [
            "id", "organisation", "invoice", "correction", NOTE_AMOUNT, "reason", "state",
            "external_id", "problem", "attempts", "next_attempt_at", "created_at", "issued_at",
        ]  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: CreditNote | None = None) -> list[Any]:
        return self.get_fields(request, obj) if obj else []

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
    list_display = ["at", "organisation", "kind", MOVED, "invoice", "source"]
    fields = ["id", "organisation", "invoice", "kind", MOVED, "source", "at"]
    readonly_fields = fields
    list_filter = ["kind", "currency"]
    search_fields = ["organisation__name", "organisation__id", "invoice__number", "source"]
    list_select_related = ["organisation", "invoice"]
    date_hierarchy = "at"
    show_full_result_count = False
