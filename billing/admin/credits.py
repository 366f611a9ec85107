"""The operator's door to credits: granted and revoked here, used by statements."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from unfold.admin import TabularInline

from billing.admin.amounts import AmountField, minor_of, shown
from billing.models import Credit, CreditEntry
from billing.queries.credits import balance
from billing.rules.rounding import minor_money
from billing.services.credits import (
    CreditRefused,
    check_billed_in,
    check_credit,
    grant_credit,
    revoke_credit,
)
from foundation.admin import UtcAdmin
from foundation.clock import now

GRANTED = shown("amount_minor", "Granted")

if TYPE_CHECKING:
    _Form = ModelForm[Credit]
else:
    _Form = ModelForm  # generic for the type checker only


class CreditForm(_Form):
    amount = AmountField(help_text="In the currency, as in 500.00")

    class Meta:
        fields = ("organisation", "kind", "currency", "expires_at", "note")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors:
            minor = minor_of(given["amount"], given["currency"], beside="amount")
            try:
                check_credit(
                    amount_minor=minor,
                    code=given["currency"],
                    expires_at=given["expires_at"],
                    now=now(),
                )
                check_billed_in(given["organisation"], code=given["currency"], now=now())
            except CreditRefused as refused:
                self.add_error(None, str(refused))
            self.instance.amount_minor = minor
        return given


class EntryInline(TabularInline):
    model = CreditEntry
    verbose_name_plural = "entries"
    fields = ["at", "kind", shown("amount_minor", "Amount", code="credit.currency"), "statement_id"]
    readonly_fields = fields
    ordering = ["at", "id"]
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Credit)
class CreditAdmin(UtcAdmin):
    form = CreditForm
    list_display = ["organisation", "kind", "left", "granted_at", "expires_at", "note"]
    list_filter = ["kind"]
    list_select_related = ["organisation"]
    search_fields = ["organisation__name", "organisation__id", "note"]
    autocomplete_fields = ["organisation"]
    actions = ["revoke"]

    def get_fields(self, request: HttpRequest, obj: Credit | None = None) -> list[Any]:
        amount = [GRANTED, "left", "granted_at"] if obj else ["currency", "amount"]
        return ["organisation", "kind", *amount, "expires_at", "note"]

    def get_readonly_fields(self, request: HttpRequest, obj: Credit | None = None) -> list[Any]:
        return self.get_fields(request, obj) if obj else []

    @admin.display(description="Left")
    def left(self, credit: Credit) -> str:
        return minor_money(balance(credit), credit.currency)

    @admin.action(description="Revoke what is left", permissions=["add"])
    def revoke(self, request: HttpRequest, credits: QuerySet[Credit]) -> None:  # noqa: A002
        for each in credits:
            taken = revoke_credit(credit=each, now=now())
            self.message_user(request, f"{minor_money(taken, each.currency)} revoked of {each.pk}.")

    def get_inlines(self, request: HttpRequest, obj: Credit | None) -> list[Any]:
        return [EntryInline] if obj else []

    def save_model(self, request: HttpRequest, obj: Credit, form: Any, change: bool) -> None:
        granted = grant_credit(
            organisation=obj.organisation,
            amount_minor=obj.amount_minor,
            code=obj.currency,
            kind=obj.kind,
            expires_at=obj.expires_at,
            note=obj.note,
            now=now(),
        )
        obj.pk, obj.granted_at = granted.pk, granted.granted_at
        obj._state.adding = False

    def has_change_permission(self, request: HttpRequest, obj: Credit | None = None) -> bool:
        return False  # its entries are the truth

    def has_delete_permission(self, request: HttpRequest, obj: Credit | None = None) -> bool:
        return False
