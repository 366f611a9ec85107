"""The operator's view of model checks: records to look at, nothing to edit."""

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from apps.model_registry.models import ModelCheck


@admin.register(ModelCheck)
class ModelCheckAdmin(ModelAdmin):
    list_display = ["name", "organisation", "placement", "allowed", "tier_version", "created_at"]
    list_filter = ["placement", "livemode"]
    list_select_related = ["organisation"]
    search_fields = ["id", "name", "sha256", "organisation__name"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: ModelCheck | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ModelCheck | None = None) -> bool:
        return False
