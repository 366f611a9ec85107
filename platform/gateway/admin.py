"""The operator's view of refusals: counts to look at, nothing to edit."""

from django.contrib import admin

from foundation.admin import ReadOnlyAdmin
from gateway.models import RefusalCount


@admin.register(RefusalCount)
class RefusalCountAdmin(ReadOnlyAdmin):
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
