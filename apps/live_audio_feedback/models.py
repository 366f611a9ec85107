"""Sessions, and what is kept of them: their scores, second by second. Never their audio."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.live_audio_feedback.rules.window import Window
from foundation.ids import IdField
from tenants.models import Organisation


class LiveSession(models.Model):
    """A live audio session: a window of time, and the zones of the venue whose sound it hears."""

    id = IdField()
    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="live_sessions"
    )
    livemode = models.BooleanField()
    name = models.CharField(max_length=120)
    zones = ArrayField(models.CharField(max_length=64))
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "livemode", "-id"], name="live_session_newest")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def window(self) -> Window:
        return Window(self.starts_at, self.ends_at, self.ended_at)


class ZoneSecond(models.Model):
    """The scores of one zone in one second. A second heard by two processes is one row."""

    pk = models.CompositePrimaryKey("session_id", "second", "zone")
    session = models.ForeignKey(
        LiveSession, on_delete=models.CASCADE, related_name="seconds", db_index=False
    )
    second = models.DateTimeField()
    zone = models.CharField(max_length=64, db_collation="C")
    samples = models.PositiveIntegerField()
    mean = models.FloatField()
    minimum = models.FloatField()
    maximum = models.FloatField()

    def __str__(self) -> str:
        return f"{self.session_id} {self.zone} {self.second:%H:%M:%S}"
