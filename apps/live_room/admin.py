"""The operator's view of clips and effects."""

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from apps.live_room.models import Clip, Effect


class ReadOnlyAdmin(ModelAdmin):
    search_fields = ["id", "name", "organisation__name"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Clip)
class ClipAdmin(ReadOnlyAdmin):
    list_display = ["name", "id", "organisation", "duration_s", "created_at"]


@admin.register(Effect)
class EffectAdmin(ReadOnlyAdmin):
    list_display = ["id", "kind", "name", "organisation", "created_at"]
    list_filter = ["kind", "name"]

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False
