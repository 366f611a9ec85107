"""The operator's door to what is counted: own meters, months, and service credits."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from foundation.admin import ReadOnlyAdmin
from foundation.clock import now
from metering.models import Adjustment, Meter, UsageMonth
from metering.services.adjustments import (
    AdjustmentRefused,
    check_service_credit,
    give_service_credit,
)
from tenants.admin import SandboxFilter, sandbox


@admin.register(Meter)
class MeterAdmin(ModelAdmin):
    list_display = ["name", "aggregation", "unit", "description", "reported"]
    search_fields = ["name", "description"]

    def get_readonly_fields(self, request: HttpRequest, obj: Meter | None = None) -> list[str]:
        # Counters and statements name it, and are made by its aggregation.
        return ["name", "aggregation", "unit"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(UsageMonth)
class UsageMonthAdmin(ReadOnlyAdmin):
    list_display = ["month", "organisation", sandbox, "livemode", "mau", "late_mau", "closed_at"]
    list_filter = [SandboxFilter, "month", "livemode"]
    list_select_related = ["organisation"]
    search_fields = ["organisation__name", "organisation__id"]
    ordering = ["-month", "-mau"]


if TYPE_CHECKING:
    _Form = forms.ModelForm[Adjustment]
else:
    _Form = forms.ModelForm  # generic for the type checker only


class AdjustmentForm(_Form):
    class Meta:
        model = Adjustment
        fields = ["organisation", "month", "percent", "reason"]
        help_texts = {
            "month": "Any day of a UTC month that is not closed yet",
            "percent": "Of all of the month's usage: more than 0, at most 100",
            "reason": "It stands on the statement",
        }

    def clean_percent(self) -> Decimal:
        """Told here: with the month it would be told as if the month were wrong."""
        percent: Decimal = self.cleaned_data["percent"]
        if not 0 < percent <= 100:
            raise forms.ValidationError("More than 0, and at most 100.")
        return percent

    def clean(self) -> dict[str, Any]:
        """Refuse what no statement would hold, beside the month."""
        given = super().clean() or {}
        if not self.errors:
            try:
                check_service_credit(
                    given["organisation"],
                    month=given["month"],
                    percent=given["percent"],
                    now=now(),
                )
            except AdjustmentRefused as refused:
                self.add_error("month", str(refused))
        return given


@admin.register(Adjustment)
class AdjustmentAdmin(ModelAdmin):
    """A service credit is given here, and never changed afterwards."""

    form = AdjustmentForm
    list_display = ["month", "organisation", "kind", "percent", "reason", "created_at"]
    list_filter = ["kind", "month"]
    list_select_related = ["organisation"]
    search_fields = ["organisation__name", "organisation__id", "source"]
    autocomplete_fields = ["organisation"]

    def get_fields(self, request: HttpRequest, obj: Adjustment | None = None) -> list[str]:
        asked = ["organisation", "month", "percent", "reason"]
        return [*asked, "kind", "livemode", "source", "created_at"] if obj else asked

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def save_model(
        self, request: HttpRequest, obj: Adjustment, form: AdjustmentForm, change: bool
    ) -> None:
        made = give_service_credit(
            obj.organisation,
            month=obj.month,
            percent=obj.percent,
            reason=obj.reason,
            now=now(),
        )
        obj.pk, obj.month, obj.created_at = made.pk, made.month, made.created_at
        obj._state.adding = False
