"""The operator's door to contracts: signed and ended here, and not edited in between."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest
from unfold.admin import TabularInline

from billing.admin.amounts import AmountField, minor_of
from billing.models import Contract, Objective
from billing.rules.rounding import minor_money
from billing.services.contracts import (
    contract_faults,
    currency_of,
    end_contract,
    ending_faults,
    lock_contracts,
    sign_contract,
)
from foundation.admin import UtcAdmin
from foundation.clock import now

AGREED = ["organisation", "starts_at", "price_list", "commitment", "discount_percent", "note"]

# What the form calls otherwise than the contract does.
FIELDS = {"minimum_commitment_minor": "commitment"}

if TYPE_CHECKING:
    _Form = ModelForm[Contract]
else:
    _Form = ModelForm  # generic for the type checker only


class ContractForm(_Form):
    """Locks the organisation's contracts: what is looked at here holds until it is saved."""

    commitment = AmountField(
        label="Minimum commitment",
        initial=0,
        min_value=0,
        help_text="What a month costs at least, in the price list's currency, as in 500.00",
    )

    class Meta:
        help_texts: ClassVar = {
            "starts_at": "The first instant of a day in UTC: 00:00:00",
            "ends_at": "00:00:00 UTC of the first day after it; empty: it goes on",
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors:
            for field, said in self._faults(cleaned).items():
                self.add_error(field if field in self.fields else None, said)
        return cleaned

    def _faults(self, cleaned: dict[str, Any]) -> dict[str, str]:
        if self.instance.pk:
            lock_contracts(self.instance.organisation)
            kept = Contract.objects.get(pk=self.instance.pk)
            return ending_faults(kept, cleaned.get("ends_at"))
        lock_contracts(cleaned["organisation"])
        told = {name: each for name, each in cleaned.items() if name != "commitment"}
        contract = Contract(**told)
        contract.minimum_commitment_minor = minor_of(
            cleaned["commitment"], currency_of(contract), beside="commitment"
        )
        self.instance.minimum_commitment_minor = contract.minimum_commitment_minor
        faults = contract_faults(contract)
        return {FIELDS.get(field, field): said for field, said in faults.items()}


class ObjectiveInline(TabularInline):
    model = Objective
    fields = ["name", "target", "unit"]
    extra = 0

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and obj is None

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_add_permission(request, obj) and obj is None

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and obj is None


@admin.register(Contract)
class ContractAdmin(UtcAdmin):
    """What was agreed stays; only its end can be moved, to a month that is not closed."""

    form = ContractForm
    list_display = [
        "organisation", "starts_at", "ends_at", "price_list", "commitment", "discount_percent",
    ]  # fmt: skip
    list_select_related = ["organisation", "price_list"]
    search_fields = ["organisation__name", "organisation__id", "note"]
    autocomplete_fields = ["organisation", "price_list"]
    fields = ["organisation", "starts_at", "ends_at", *AGREED[2:]]
    inlines = [ObjectiveInline]

    @admin.display(description="Minimum commitment", ordering="minimum_commitment_minor")
    def commitment(self, contract: Contract) -> str:
        return minor_money(contract.minimum_commitment_minor, currency_of(contract))

    def get_readonly_fields(self, request: HttpRequest, obj: Contract | None = None) -> list[str]:
        return AGREED if obj else []

    def save_model(self, request: HttpRequest, obj: Contract, form: Any, change: bool) -> None:
        if change:
            end_contract(contract=obj, ends_at=obj.ends_at)
            return
        signed = sign_contract(
            organisation=obj.organisation,
            starts_at=obj.starts_at,
            ends_at=obj.ends_at,
            price_list=obj.price_list,
            minimum_commitment_minor=obj.minimum_commitment_minor,
            discount_percent=obj.discount_percent,
            note=obj.note,
            now=now(),
        )
        obj.pk, obj.created_at = signed.pk, signed.created_at  # its objectives are saved next
        obj._state.adding = False

    def has_delete_permission(self, request: HttpRequest, obj: Contract | None = None) -> bool:
        return False  # statements name it: end it
