"""The operator's view of models: records to look at; a model can be retired."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from apps.model_registry import queries
from apps.model_registry.models import Model, ModelCheck
from apps.model_registry.services import BaseInUse, retire
from foundation.admin import ReadOnlyAdmin, ValuesFilter, bytes_told, timed, wrapped
from foundation.clock import now
from foundation.errors import NotFound
from jobs.admin import Named, names_model
from jobs.models import Job
from modelhub.rules import PLACEMENTS, Placement, Reason, Verdict
from tenants.queries.credentials import tier_version


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
    list_filter = [("placement", ValuesFilter), "livemode"]
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
        "placement", "sha256", "size", "held", "report", "contract", "declaration", "inputs",
        "outputs", timed("created_at"), "created_by", timed("retired_at"),
    ]  # fmt: skip
    readonly_fields = fields
    list_filter = ["state", "kind", ("contract", ValuesFilter), "livemode"]
    list_select_related = ["organisation"]
    search_fields = ["id", "name", "sha256", "organisation__name", "organisation__id"]
    actions = ["retire"]

    @admin.display(description="size of all its files")
    def size(self, model: Model) -> str:
        return bytes_told(model.size_bytes)

    @admin.display(description="files")
    def held(self, model: Model) -> SafeString:
        """By the record, which stays when a retired model's bytes have ended."""
        rows = (
            (file.name, bytes_told(file.size_bytes), file.sha256)
            for file in model.files.order_by("name")
        )
        row = '<li class="wraps">{}, {}, SHA-256 {}</li>'
        return format_html("<ul>{}</ul>", format_html_join("", row, rows))

    @admin.display(description="may run")
    def placement(self, model: Model) -> SafeString | str:
        """By the caps of today, as `GET /v1/models/{id}/placement` tells its owner."""
        try:
            tier = tier_version(model.organisation.tier_id, now())
        except NotFound as none_in_force:
            return none_in_force.detail
        _, verdict = queries.judged(model, tier)
        places = format_html_join("", "{}", ((_told(verdict, place),) for place in PLACEMENTS))
        return format_html("<p>By the caps of {}:</p><ul>{}</ul>", tier, places)

    def has_retire_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("model_registry.change_model"))

    @admin.action(description="Retire", permissions=["retire"])
    def retire(self, request: HttpRequest, models: QuerySet[Model]) -> None:
        for model in models:
            try:
                retire(model, now=now())
            except BaseInUse as error:
                self.message_user(request, f"{model}: {error.detail}", level="warning")


@names_model
def named(job: Job) -> Named | None:
    model = queries.model_of(job)
    if model is None:
        return None
    return Named(str(model), reverse("admin:model_registry_model_change", args=[model.pk]))


def _told(verdict: Verdict, place: Placement) -> SafeString:
    if verdict.allows(place):
        return format_html("<li>{}: yes</li>", place)
    reasons = ((reason_told(reason),) for reason in verdict.refused[place])
    return format_html(
        '<li>{}: no<ul class="reasons">{}</ul></li>',
        place,
        format_html_join("", "<li>{}</li>", reasons),
    )


def reason_told(reason: Reason) -> str:
    """What a cap allows and what was found, with the code that callers are told."""
    found, limit = f"{reason.found:,} parameters", f"{reason.limit:,}"
    said = {
        "transformer_too_large": f"a transformer of {found}, where fewer than {limit} may run",
        "unproven_architecture_too_large": (
            f"{found} of what may be a transformer, where fewer than {limit} may run"
        ),
        "too_many_parameters": f"{found}, and the cap is {limit}",
        "not_quantised": "it is not quantised",
        "too_many_bytes": (
            f"{bytes_told(reason.found)} of files, and the cap is {bytes_told(reason.limit)}"
        ),
    }[reason.code]
    return f"{said} ({reason.code})"
