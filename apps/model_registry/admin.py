"""The operator's view of models: records to look at; a model can be retired."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.model_registry.models import Model, ModelCheck
from apps.model_registry.services import BaseInUse, retire
from foundation.admin import ReadOnlyAdmin, timed, wrapped
from foundation.clock import now


@admin.register(ModelCheck)
class ModelCheckAdmin(ReadOnlyAdmin):
    list_display = [
        wrapped("name"), wrapped("organisation"), "placement", "allowed", "tier_version",
        timed("created_at"),
    ]  # fmt: skip
    fields = [
        "organisation", "livemode", "name", "sha256", "bytes_seen", "size_bytes", "tier_version",
        "placement", "allowed", "verdict", timed("created_at"),
    ]  # fmt: skip
    readonly_fields = fields
    list_filter = ["placement", "livemode"]
    list_select_related = ["organisation"]
    search_fields = ["id", "name", "sha256", "organisation__name"]


@admin.register(Model)
class ModelAdmin(ReadOnlyAdmin):
    list_display = [
        wrapped("name"), wrapped("version"), wrapped("organisation"), "kind", "contract", "state",
        timed("created_at"),
    ]  # fmt: skip
    fields = [
        "organisation", "livemode", "name", "version", "kind", "base", "licence", "state",
        "sha256", "size_bytes", "report", "contract", "declaration", "inputs", "outputs",
        timed("created_at"), "created_by", timed("retired_at"),
    ]  # fmt: skip
    readonly_fields = fields
    list_filter = ["state", "kind", "contract", "livemode"]
    list_select_related = ["organisation"]
    search_fields = ["id", "name", "sha256", "organisation__name", "organisation__id"]
    actions = ["retire"]

    def has_retire_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("model_registry.change_model"))

    @admin.action(description="Retire", permissions=["retire"])
    def retire(self, request: HttpRequest, models: QuerySet[Model]) -> None:
        for model in models:
            try:
                retire(model, now=now())
            except BaseInUse as error:
                self.message_user(request, f"{model}: {error.detail}", level="warning")
