"""The operator's view of the fleet: everything readable, nothing editable."""

from django.contrib import admin

from apps.noucamp.models import Cue, Kiosk, Trigger
from foundation.admin import ReadOnlyAdmin


@admin.register(Kiosk)
class KioskAdmin(ReadOnlyAdmin):
    list_display = ["name", "zone", "id", "organisation", "thermal", "last_seen_at", "retired_at"]
    list_filter = ["thermal", "livemode"]
    list_select_related = ["organisation"]
    search_fields = ["id", "name", "zone", "organisation__name"]


@admin.register(Trigger)
class TriggerAdmin(ReadOnlyAdmin):
    list_display = ["id", "kind", "organisation", "ttl_ms", "raised_at", "expires_at"]
    list_filter = ["kind", "livemode"]
    list_select_related = ["organisation"]
    search_fields = ["id", "organisation__name"]


@admin.register(Cue)
class CueAdmin(ReadOnlyAdmin):
    list_display = ["id", "trigger", "kiosk", "raised_at", "delivered_at", "acknowledged_at"]
    list_select_related = ["trigger", "kiosk"]
    search_fields = ["id", "trigger__id", "kiosk__id"]
