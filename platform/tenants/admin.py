"""The operator's door to organisations, keys and tiers."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline
from unfold.views import ChangeList

from foundation.admin import ReadOnlyAdmin, UtcAdmin, utc
from foundation.clock import now
from tenants.models import (
    ApiKey,
    ContractLimit,
    Limit,
    Member,
    Organisation,
    Tier,
    TierChange,
    TierVersion,
)
from tenants.rules import key_state
from tenants.services.keys import revoke_keys
from tenants.services.tiers import copy_tier_version, record_operators_move

# A process keeps the limits of a version in force for its whole life, so none may be edited while
# another clock says that it is in force already.
CLOSED_BEFORE = timedelta(minutes=1)


def _is_closed(version: TierVersion | None) -> bool:
    return version is not None and version.effective_at <= now() + CLOSED_BEFORE


LIMIT_FIELDS = [
    "name", "algorithm", "unit", "quantity", "per_ms", "burst",
    "scope", "counts", "routes", "shadow",
]  # fmt: skip


class LimitInline(TabularInline):
    model = Limit
    fields = LIMIT_FIELDS
    extra = 0  # an empty row has an algorithm already, and would have to be thrown away to save

    def has_add_permission(self, request: HttpRequest, obj: TierVersion | None = None) -> bool:
        return super().has_add_permission(request, obj) and not _is_closed(obj)


class ContractLimitInline(TabularInline):
    model = ContractLimit
    fields = LIMIT_FIELDS
    extra = 0


class MemberInline(TabularInline):
    model = Member
    fields = ["email", "role"]
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class TierChangeInline(TabularInline):
    model = TierChange
    fields = ["at", "from_tier", "to_tier", "reason"]
    readonly_fields = fields
    ordering = ["-at", "-pk"]
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class TierVersionInline(TabularInline):
    model = TierVersion
    fields = ["number", "effective_at", "mau_from", "mau_to"]
    readonly_fields = fields
    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.display(description="Sandbox")
def sandbox(row: Any) -> str:
    """Marks a sandbox, or what is a sandbox's, in a list."""
    return "sandbox" if getattr(row, "organisation", row).sandbox else ""


class SandboxFilter(admin.SimpleListFilter):
    """Real organisations, sandboxes, or both: both unless it is asked."""

    title = "real or sandbox"
    parameter_name = "sandbox"
    field = "organisation__sandbox_of__isnull"
    default = "all"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("all", "All"), ("no", "Real organisations"), ("yes", "Sandboxes")]

    def choices(self, changelist: Any) -> Iterator[Any]:
        for value, name in self.lookup_choices:
            yield {
                "selected": (self.value() or self.default) == value,
                "query_string": changelist.get_query_string({self.parameter_name: value}),
                "display": name,
            }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        asked = self.value() or self.default
        return queryset if asked == "all" else queryset.filter(**{self.field: asked == "no"})


class RealFilter(SandboxFilter):
    """Real organisations unless sandboxes are asked for."""

    default = "no"


class RealChangeList(ChangeList):
    """A list that begins with real organisations: it says what it leaves out, and counts without.

    Else it said "0 results (2 total)", and every way to reset its filters led to itself.
    """

    hidden_sandboxes = 0

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if RealFilter.parameter_name in request.GET:
            return
        hidden = self.root_queryset.filter(**{RealFilter.field: False})
        self.hidden_sandboxes = hidden.count()
        if self.full_result_count is not None:
            self.full_result_count -= self.hidden_sandboxes

    def with_sandboxes(self) -> str:
        link: str = self.get_query_string({RealFilter.parameter_name: "all"})
        return link


class RealAdmin(ReadOnlyAdmin):
    """A page of rows of organisations whose list is filtered by `RealFilter`."""

    list_before_template = "tenants/sandboxes_hidden.html"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return RealChangeList


class OrganisationFilter(SandboxFilter):
    field = "sandbox_of__isnull"


@admin.register(Tier)
class TierAdmin(ModelAdmin):
    list_display = ["name", "slug", "position"]
    inlines = [TierVersionInline]

    def get_readonly_fields(self, request: HttpRequest, obj: Tier | None = None) -> list[str]:
        # Versions and organisations hang on the slug: another one would be another tier.
        return ["slug"] if obj else []


@admin.register(TierVersion)
class TierVersionAdmin(UtcAdmin):
    """A version in force is shown and never edited; "Prepare a new version" copies it.

    A minute before it takes force it is closed: until then its numbers and its date may change.
    """

    list_display = ["__str__", "effective_at", "mau_from", "mau_to", "sla"]
    list_filter = ["tier"]
    inlines = [LimitInline]
    actions = ["prepare"]

    @admin.action(description="Prepare a new version, in force from tomorrow", permissions=["add"])
    def prepare(self, request: HttpRequest, versions: QuerySet[TierVersion]) -> None:
        for version in versions:
            copy = copy_tier_version(version, effective_at=now() + timedelta(days=1))
            until = utc(copy.effective_at - CLOSED_BEFORE)
            self.message_user(request, f"{copy} can be edited until {until}.")

    def has_change_permission(self, request: HttpRequest, obj: TierVersion | None = None) -> bool:
        return super().has_change_permission(request, obj) and not _is_closed(obj)

    def has_delete_permission(self, request: HttpRequest, obj: TierVersion | None = None) -> bool:
        return False


@admin.register(Organisation)
class OrganisationAdmin(UtcAdmin):
    list_display = ["name", "id", sandbox, "tier", "created_at", "suspended_at"]
    list_filter = [OrganisationFilter, "tier"]
    search_fields = ["name", "id", "members__email"]
    fields = [
        "id", "name", "tier", "next_tier", "next_tier_on", "payment_method", "restricted_at",
        "created_at", "suspended_at", "strictness", "leaked_keys",
    ]  # fmt: skip
    readonly_fields = [
        "id", "created_at", "next_tier", "next_tier_on", "payment_method", "restricted_at",
    ]  # fmt: skip
    inlines = [MemberInline, ContractLimitInline, TierChangeInline]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "tier" and field is not None:
            # Its users may have moved it since the page was opened: nobody wishes that undone.
            field.show_hidden_initial = True
        return field

    def save_model(
        self,
        request: HttpRequest,
        obj: Organisation,
        form: "ModelForm[Organisation]",
        change: bool,
    ) -> None:
        """Write what the operator has changed, and nothing else."""
        before = Organisation.objects.values_list("tier_id", flat=True).get(pk=obj.pk)
        obj.save(update_fields=form.changed_data)
        if "tier" in form.changed_data:
            record_operators_move(obj, before, now=obj.moment(now()))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # An organisation is born with its keys, through the API.

    def has_delete_permission(self, request: HttpRequest, obj: Organisation | None = None) -> bool:
        return False  # Its users and jobs are what its bills rest on: suspend it.


@admin.register(ApiKey)
class ApiKeyAdmin(ModelAdmin):
    """Keys are made through the API, where the secret is shown once; here they can be revoked."""

    list_display = ["name", "preview", "organisation", "livemode", "state", "last_used_at"]
    list_filter = ["livemode", ("leaked_at", admin.EmptyFieldListFilter)]
    search_fields = ["name", "id", "preview", "organisation__name"]
    fields = [
        "id", "organisation", "name", "preview", "livemode", "scopes", "kiosk_id", "networks",
        "created_at", "expires_at", "revoked_at", "last_used_at", "leaked_at", "leaked_url",
        "replaced_by",
    ]  # fmt: skip
    readonly_fields = fields
    actions = ["revoke"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return False

    @admin.display(description="State")
    def state(self, key: ApiKey) -> str:
        return key_state(key.dates, now())

    @admin.action(description="Revoke at once and for ever", permissions=["change"])
    def revoke(self, request: HttpRequest, keys: QuerySet[ApiKey]) -> None:
        revoke_keys(keys, now=now())
