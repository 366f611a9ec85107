"""The operator's view of live sessions: everything readable, nothing editable."""

from django.contrib import admin

from apps.live_audio_feedback.models import LiveSession
from apps.live_audio_feedback.rules.window import state
from foundation.admin import ReadOnlyAdmin
from foundation.clock import now


@admin.register(LiveSession)
class LiveSessionAdmin(ReadOnlyAdmin):
    list_display = ["name", "id", "organisation", "livemode", "state", "starts_at", "ends_at"]
    list_filter = ["livemode", "starts_at"]
    search_fields = ["name", "id", "organisation__name", "organisation__id"]
    list_select_related = ["organisation"]

    @admin.display(description="State")
    def state(self, session: LiveSession) -> str:
        return state(session.window, now())
