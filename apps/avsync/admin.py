"""The operator's view of tracks."""

from datetime import datetime

from django.contrib import admin

from apps.avsync.models import Track
from apps.avsync.services import delete_track
from recordings.admin import RecordedAdmin


@admin.register(Track)
class TrackAdmin(RecordedAdmin):
    def remove(self, owner: Track, *, now: datetime) -> None:
        delete_track(owner, now=now)
