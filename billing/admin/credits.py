"""The operator's door to credits: granted and revoked here, used by statements."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from unfold.admin import TabularInline

from billing.models import Credit, CreditEntry
from billing.queries.credits import balance
from billing.rules.currencies import currency
from billing.rules.rounding import exact, money
from billing.services.credits import (
    CreditRefused,
    check_billed_in,
    check_credit,
    grant_credit,
    revoke_credit,
)
from foundation.admin import UtcAdmin
from foundation.clock import now

if TYPE_CHECKING:
    _Form = ModelForm[Credit]
else:
    _Form = ModelForm  # generic for the type checker only


class CreditForm(_Form):
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and not self.instance.pk:
            try:
                check_credit(
                    amount_minor=cleaned["amount_minor"],
                    code=cleaned["currency"],
                    expires_at=cleaned["expires_at"],
                    now=now(),
                )
                check_billed_in(cleaned["organisation"], code=cleaned["currency"], now=now())
            except CreditRefused as refused:
                self.add_error(None, str(refused))
        return cleaned


class EntryInline(TabularInline):
    model = CreditEntry
    fields = ["at", "kind", "amount_minor", "statement_id"]
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
    fields = ["organisation", "kind", "currency", "amount_minor", "expires_at", "note"]
    actions = ["revoke"]

    @admin.display(description="Left")
    def left(self, credit: Credit) -> str:
        unit = currency(credit.currency)
        return money(exact(balance(credit), unit), unit)

    @admin.action(description="Revoke what is left", permissions=["add"])
    def revoke(self, request: HttpRequest, credits: QuerySet[Credit]) -> None:  # noqa: A002
        for each in credits:
            taken = revoke_credit(credit=each, now=now())
            unit = currency(each.currency)
            self.message_user(request, f"{money(exact(taken, unit), unit)} revoked of {each.pk}.")

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
