"""The operator's view of clips and effects."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from apps.live_room.models import Clip, Effect
from apps.live_room.services import delete_clip
from foundation.clock import now


class ReadOnlyAdmin(ModelAdmin):
    list_select_related = ["organisation"]
    search_fields = ["id", "name", "organisation__name"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Clip)
class ClipAdmin(ReadOnlyAdmin):
    list_display = ["name", "id", "organisation", "duration_s", "created_at"]

    def delete_model(self, request: HttpRequest, obj: Clip) -> None:
        delete_clip(obj, now=now())

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Clip]) -> None:
        for clip in queryset:
            delete_clip(clip, now=now())


@admin.register(Effect)
class EffectAdmin(ReadOnlyAdmin):
    list_display = ["id", "kind", "name", "organisation", "created_at"]
    list_filter = ["kind", "name"]

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False
