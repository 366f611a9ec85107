"""The operator's door to prices: lists, their versions, and the lint before one is published.

A version is edited while it is a draft: its meters on its own page, the bands of a meter on that
meter's. Every edit locks the version, so that none slips in beside its publishing.
"""

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import Field, ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action
from unfold.widgets import UnfoldAdminSelectWidget

from billing.admin.bands import PriceBandForm
from billing.admin.rehearsals import rehearsal_page
from billing.admin.verdicts import bands_told, verdict
from billing.models import MeterPrice, PriceBand, PriceList, PriceVersion
from billing.rules.currencies import UnknownCurrency, currency
from billing.services.prices import NotPublishable, draft_version, publish
from foundation.admin import UtcAdmin, utc
from foundation.clock import next_month, now
from metering.models import Meter

PUBLISH = "billing_priceversion_publish_version"  # the name that the theme gives to the button


def is_draft(version: object) -> bool:
    return isinstance(version, PriceVersion) and version.published_at is None


class VersionInline(TabularInline):
    model = PriceVersion
    fields = ["number", "effective_at", "published_at", "allow_decrease"]
    readonly_fields = fields
    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False  # "Prepare the next version" copies the newest one's prices


if TYPE_CHECKING:
    _Form = ModelForm[PriceList]
else:
    _Form = ModelForm  # generic for the type checker only


class PriceListForm(_Form):
    def clean_currency(self) -> str:
        code: str = self.cleaned_data["currency"]
        try:
            return currency(code).code
        except UnknownCurrency as unknown:
            raise ValidationError(str(unknown)) from unknown


@admin.register(PriceList)
class PriceListAdmin(ModelAdmin):
    form = PriceListForm
    list_display = ["name", "slug", "currency", "organisation"]
    search_fields = ["name", "slug", "organisation__name"]
    autocomplete_fields = ["organisation"]
    inlines = [VersionInline]
    actions = ["prepare"]

    @admin.action(description="Prepare the next version", permissions=["add"])
    def prepare(self, request: HttpRequest, lists: QuerySet[PriceList]) -> None:
        for each in lists:
            draft = draft_version(price_list=each, effective_at=next_month(now()))
            self.message_user(request, f"{draft} is made: edit it, then publish it.")

    def get_readonly_fields(self, request: HttpRequest, obj: PriceList | None = None) -> list[str]:
        # Statements name the list, and are in its currency.
        return ["slug", "currency", "organisation"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: PriceList | None = None) -> bool:
        used = obj is not None and obj.versions.filter(published_at__isnull=False).exists()
        return super().has_delete_permission(request, obj) and not used


class OfADraft(TabularInline):
    """Rows that may be written while their version is a draft."""

    def version(self, obj: Any) -> object:
        return obj

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_add_permission(request, obj) and is_draft(self.version(obj))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and is_draft(self.version(obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and is_draft(self.version(obj))


class MeterPriceInline(OfADraft):
    model = MeterPrice
    fields = ["meter", "description", "mode", "per", "bands"]
    readonly_fields = ["bands"]
    extra = 0

    def formfield_for_dbfield(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> Field | None:
        if db_field.name == "meter":
            names = Meter.objects.values_list("name", "description")
            kwargs["widget"] = UnfoldAdminSelectWidget(choices=list(names))
        field: Field | None = super().formfield_for_dbfield(db_field, request, **kwargs)
        return field

    @admin.display(description="Bands")
    def bands(self, price: MeterPrice) -> str:
        if not price.pk:
            return "Save, then set them here"
        place = reverse("admin:billing_meterprice_change", args=[price.pk])
        return format_html('<a class="text-primary-600" href="{}">{}</a>', place, bands_told(price))


@admin.register(PriceVersion)
class PriceVersionAdmin(UtcAdmin):
    """A draft can be edited and published; a published version is shown, and never changes."""

    list_display = ["__str__", "price_list", "effective_at", "published_at", "allow_decrease"]
    list_filter = ["price_list", ("published_at", admin.EmptyFieldListFilter)]
    list_select_related = ["price_list"]
    fields = ["price_list", "number", "effective_at", "allow_decrease", "published_at", "lint"]
    readonly_fields = ["price_list", "number", "published_at", "lint"]
    inlines = [MeterPriceInline]
    actions_submit_line = ["publish_version"]
    actions_detail = ["rehearsal"]

    @admin.display(description="What the lint says")
    def lint(self, version: PriceVersion) -> str:
        return verdict(version)

    @action(description="Save and publish", permissions=["change"])
    def publish_version(self, request: HttpRequest, version: PriceVersion) -> None:
        """The button. Its work waits for `response_change`: until then the prices are unsaved."""

    @action(description="What would last month have cost?", permissions=["view"])
    def rehearsal(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return rehearsal_page(self, request, object_id)

    def response_change(self, request: HttpRequest, obj: PriceVersion) -> HttpResponse:
        if PUBLISH in request.POST:
            self._publish(request, obj)
            return redirect(request.path)
        answer: HttpResponse = super().response_change(request, obj)
        return answer

    def _publish(self, request: HttpRequest, version: PriceVersion) -> None:
        try:
            published = publish(version=version, now=now())
        except NotPublishable as refused:
            for problem in refused.problems:
                self.message_user(request, problem, messages.ERROR)
        else:
            said = f"{published} is published, in force from {utc(published.effective_at)}."
            self.message_user(request, said)

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> PriceVersion | None:
        found: PriceVersion | None = super().get_object(request, object_id, from_field)
        if found is not None and request.method == "POST":
            found = PriceVersion.objects.select_for_update().get(pk=found.pk)
        return found

    def get_actions_submit_line(self, request: HttpRequest, object_id: Any) -> list[Any]:
        drafts = PriceVersion.objects.filter(pk=object_id, published_at=None)
        return super().get_actions_submit_line(request, object_id) if drafts.exists() else []

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        closed = isinstance(obj, PriceVersion) and not is_draft(obj)
        return super().has_change_permission(request, obj) and not closed

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return super().has_delete_permission(request, obj) and is_draft(obj)


class PriceBandInline(OfADraft):
    model = PriceBand
    form = PriceBandForm
    fields = ["first", "last", "unit_price", "flat"]
    extra = 0

    def version(self, obj: Any) -> object:
        return obj.version if isinstance(obj, MeterPrice) else None


@admin.register(MeterPrice)
class MeterPriceAdmin(ModelAdmin):
    """The bands of one meter; it is reached from its version, and leads back there."""

    fields = ["version", "meter", "description", "mode", "per"]
    readonly_fields = ["version", "meter"]
    inlines = [PriceBandInline]
    list_display = ["meter", "version", "mode"]
    list_select_related = ["version"]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        closed = isinstance(obj, MeterPrice) and not is_draft(obj.version)
        return super().has_change_permission(request, obj) and not closed

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False  # on its version's page

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> MeterPrice | None:
        found: MeterPrice | None = super().get_object(request, object_id, from_field)
        if found is not None and request.method == "POST":
            found.version = PriceVersion.objects.select_for_update().get(pk=found.version_id)
        return found

    def response_change(self, request: HttpRequest, obj: MeterPrice) -> HttpResponse:
        answer: HttpResponse = super().response_change(request, obj)
        if "_continue" in request.POST:
            return answer
        return redirect("admin:billing_priceversion_change", obj.version_id)
