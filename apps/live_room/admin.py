"""The operator's view of clips and effects."""

from django.contrib import admin

from apps.live_room.models import Clip, Effect
from apps.live_room.services import delete_clip
from foundation.admin import ReadOnlyAdmin
from recordings.admin import RecordedAdmin


@admin.register(Clip)
class ClipAdmin(RecordedAdmin):
    remove = staticmethod(delete_clip)


@admin.register(Effect)
class EffectAdmin(ReadOnlyAdmin):
    list_display = ["id", "kind", "name", "organisation", "created_at"]
    list_filter = ["kind", "name"]
    list_select_related = ["organisation"]
    search_fields = ["id", "name", "organisation__name"]
