"""The operator's view of model checks: records to look at, nothing to edit."""

from django.contrib import admin

from apps.model_registry.models import ModelCheck
from foundation.admin import ReadOnlyAdmin


@admin.register(ModelCheck)
class ModelCheckAdmin(ReadOnlyAdmin):
    list_display = ["name", "organisation", "placement", "allowed", "tier_version", "created_at"]
    list_filter = ["placement", "livemode"]
    list_select_related = ["organisation"]
    search_fields = ["id", "name", "sha256", "organisation__name"]
