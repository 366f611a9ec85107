"""The operator's view of tracks."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from apps.avsync.models import Track
from apps.avsync.services import delete_track
from foundation.clock import now


@admin.register(Track)
class TrackAdmin(ModelAdmin):
    list_display = ["name", "id", "organisation", "duration_s", "created_at"]
    list_select_related = ["organisation"]
    search_fields = ["id", "name", "organisation__name"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Track | None = None) -> bool:
        return False

    def delete_model(self, request: HttpRequest, obj: Track) -> None:
        delete_track(obj, now=now())

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Track]) -> None:
        for track in queryset:
            delete_track(track, now=now())
