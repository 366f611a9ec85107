"""The operator's view of flows: everything readable, nothing editable."""

from django.contrib import admin

from apps.live_audio_feedback.flow.models import Decision, Flow, Learning
from foundation.admin import ReadOnlyAdmin


@admin.register(Flow)
class FlowAdmin(ReadOnlyAdmin):
    list_display = ["session", "mode", "version", "decisions", "created_at"]
    list_filter = ["mode"]
    list_select_related = ["session"]
    search_fields = ["session__id", "session__name"]


@admin.register(Decision)
class DecisionAdmin(ReadOnlyAdmin):
    list_display = ["session", "number", "at", "by", "action", "track", "outcome"]
    list_filter = ["by", "outcome"]
    list_select_related = ["session"]
    search_fields = ["session__id", "track"]


@admin.register(Learning)
class LearningAdmin(ReadOnlyAdmin):
    list_display = ["organisation", "livemode", "across_sessions", "changed_at"]
    list_select_related = ["organisation"]
    search_fields = ["organisation__id", "organisation__name"]
