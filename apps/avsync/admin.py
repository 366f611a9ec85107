"""The operator's view of tracks."""

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from apps.avsync.models import Track


@admin.register(Track)
class TrackAdmin(ModelAdmin):
    list_display = ["name", "id", "organisation", "duration_s", "created_at"]
    search_fields = ["id", "name", "organisation__name"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Track | None = None) -> bool:
        return False
