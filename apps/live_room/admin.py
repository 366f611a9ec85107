"""The operator's view of clips and effects."""

from datetime import datetime

from django.contrib import admin
from django.http import HttpRequest

from apps.live_room.models import Clip, Effect
from apps.live_room.services import delete_clip
from recordings.admin import RecordedAdmin, Unwritten


@admin.register(Clip)
class ClipAdmin(RecordedAdmin):
    def remove(self, owner: Clip, *, now: datetime) -> None:
        delete_clip(owner, now=now)


@admin.register(Effect)
class EffectAdmin(Unwritten):
    list_display = ["id", "kind", "name", "organisation", "created_at"]
    list_filter = ["kind", "name"]
    list_select_related = ["organisation"]
    search_fields = ["id", "name", "organisation__name"]

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False
