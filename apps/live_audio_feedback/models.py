"""Sessions, and what is kept of them: their scores, second by second. Never their audio."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q, Value

from apps.live_audio_feedback.rules.window import Window
from foundation.ids import IdField
from tenants.models import Organisation


class LiveSession(models.Model):
    """A live audio session: a window of time, and the zones of the venue whose sound it hears.

    `opened_at` and `closed_at` are written when that is told, which housekeeping may do later: what
    a session is at a moment, `rules.window` says. One that is not `followed` was made by a release
    that kept no such times; nothing is told of it.
    """

    id = IdField()
    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="live_sessions"
    )
    livemode = models.BooleanField()
    name = models.CharField(max_length=120)
    event = models.CharField(max_length=120, blank=True, default="", db_default="")
    zones = ArrayField(models.CharField(max_length=64))
    zone_map = models.JSONField(default=list, db_default=Value([], models.JSONField()))
    consent_keep_audio = models.BooleanField(default=False, db_default=False)
    consent_learn = models.BooleanField(default=False, db_default=False)
    consent_statement = models.CharField(max_length=500, blank=True, default="", db_default="")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    followed = models.BooleanField(default=True, db_default=False)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "livemode", "-id"], name="live_session_newest"),
            models.Index(
                fields=["starts_at"],
                name="live_session_to_open",
                condition=Q(followed=True, opened_at=None, closed_at=None),
            ),
            models.Index(
                fields=["ends_at"],
                name="live_session_to_close",
                condition=Q(followed=True, closed_at=None),
            ),
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
