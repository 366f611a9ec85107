"""The operator's door to what is counted: meters of its own, and every organisation's months."""

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from foundation.admin import ReadOnlyAdmin
from metering.models import Adjustment, Meter, UsageMonth


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
    list_display = ["month", "organisation", "livemode", "mau", "late_mau", "closed_at"]
    list_filter = ["month", "livemode"]
    list_select_related = ["organisation"]
    search_fields = ["organisation__name", "organisation__id"]
    ordering = ["-month", "-mau"]


@admin.register(Adjustment)
class AdjustmentAdmin(ReadOnlyAdmin):
    list_display = ["month", "organisation", "kind", "percent", "reason", "created_at"]
    list_filter = ["kind", "month"]
    list_select_related = ["organisation"]
    search_fields = ["organisation__name", "organisation__id", "source"]
