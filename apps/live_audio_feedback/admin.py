"""The operator's view of live sessions: everything readable, nothing editable."""

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from apps.live_audio_feedback.models import LiveSession
from apps.live_audio_feedback.rules.window import state
from foundation.clock import now


@admin.register(LiveSession)
class LiveSessionAdmin(ModelAdmin):
    list_display = ["name", "id", "organisation", "livemode", "state", "starts_at", "ends_at"]
    list_filter = ["livemode", "starts_at"]
    search_fields = ["name", "id", "organisation__name", "organisation__id"]
    list_select_related = ["organisation"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: LiveSession | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: LiveSession | None = None) -> bool:
        return False

    @admin.display(description="State")
    def state(self, session: LiveSession) -> str:
        return state(session.window, now())
