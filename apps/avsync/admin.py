"""The operator's view of tracks."""

from django.contrib import admin

from apps.avsync.models import Track
from apps.avsync.services import delete_track
from recordings.admin import RecordedAdmin


@admin.register(Track)
class TrackAdmin(RecordedAdmin):
    remove = staticmethod(delete_track)
