"""How each organisation pays: on which terms, by what, and how it stands."""

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from billing.models import BillingAccount
from billing.rules.rounding import minor_money
from billing.services.collection import accounts, ledger
from tenants.admin import SandboxFilter, sandbox


@admin.register(BillingAccount)
class BillingAccountAdmin(ModelAdmin):
    """Terms and address are the operator's; what is on file comes from the collector."""

    list_display = [
        "organisation", sandbox, "terms", "payment_method_label", "standing", "grace_ends_at",
        "owed",
    ]  # fmt: skip
    list_filter = [SandboxFilter, "standing", "terms"]
    search_fields = ["organisation__name", "organisation__id", "customer_id", "email"]
    list_select_related = ["organisation"]
    autocomplete_fields = ["organisation"]
    readonly_fields = [
        "customer_id", "payment_method_id", "payment_method_label", "standing", "grace_ends_at",
        "owed",
    ]  # fmt: skip

    @admin.display(description="Owed")
    def owed(self, account: BillingAccount) -> str:
        sums = ledger.owed(account.organisation)
        return ", ".join(minor_money(sums[code], code) for code in sorted(sums)) or "nothing"

    def get_readonly_fields(
        self, request: HttpRequest, obj: BillingAccount | None = None
    ) -> list[str]:
        return [*self.readonly_fields, "organisation"] if obj else [*self.readonly_fields]

    def has_delete_permission(
        self, request: HttpRequest, obj: BillingAccount | None = None
    ) -> bool:
        return False  # The ledger is of it.

    def save_model(
        self,
        request: HttpRequest,
        account: BillingAccount,
        form: "forms.ModelForm[BillingAccount]",
        change: bool,
    ) -> None:
        if not change:
            account.save()
        BillingAccount.objects.filter(pk=account.pk).update(email=account.email)
        accounts.set_terms(account, account.terms)
