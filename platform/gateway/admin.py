"""The operator's view of refusals: counts to look at, nothing to edit."""

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from gateway.models import RefusalCount


@admin.register(RefusalCount)
class RefusalCountAdmin(ModelAdmin):
    list_display = [
        "hour", "organisation", "livemode", "kind",
        "policy", "route", "key_id", "end_user", "count",
    ]  # fmt: skip
    list_filter = [
        "kind",
        "policy",
        "livemode",
        ("organisation", admin.RelatedOnlyFieldListFilter),
    ]
    search_fields = [
        "organisation__name", "organisation__id", "policy", "route", "key_id", "end_user",
    ]  # fmt: skip
    list_select_related = ["organisation"]
    date_hierarchy = "hour"
    ordering = ["-hour", "-count"]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: RefusalCount | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: RefusalCount | None = None) -> bool:
        return False
