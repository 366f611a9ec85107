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
    a session is at a moment, `rules.window` says. Since `forgotten_at` its scores are gone. One
    that is not `followed` was made by a release without such times; nothing is told of it.
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
    seals_at = models.DateTimeField(null=True, blank=True)
    sealed_at = models.DateTimeField(null=True, blank=True)
    forgotten_at = models.DateTimeField(null=True, blank=True)
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
            models.Index(
                fields=["seals_at"],
                name="live_session_to_seal",
                condition=Q(sealed_at=None, seals_at__isnull=False),
            ),
            models.Index(
                fields=["ends_at"], name="live_session_to_forget", condition=Q(forgotten_at=None)
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def window(self) -> Window:
        return Window(self.starts_at, self.ends_at, self.ended_at, self.sealed_at)


class LiveStream(models.Model):
    """What one stream came to, in frames (`rules.sums`), written once a second while it lasts.

    One without `ended_at` goes on, or its process was killed.
    """

    id = IdField()
    session = models.ForeignKey(LiveSession, on_delete=models.CASCADE, related_name="streams")
    zone = models.CharField(max_length=64, db_collation="C")
    key_id = models.CharField(max_length=40, db_collation="C")
    scorer = models.CharField(max_length=64)
    scorer_sha256 = models.CharField(max_length=64)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    received = models.BigIntegerField()
    scored = models.BigIntegerField()
    dropped = models.BigIntegerField()
    repeated = models.BigIntegerField()
    late = models.BigIntegerField()
    lost = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.session_id} {self.zone} {self.pk}"


class ReceiptKey(models.Model):
    """A public key that has signed receipts; kept for good, so that they can be checked."""

    id = models.CharField(primary_key=True, max_length=40, db_collation="C")
    public_key = models.CharField(max_length=44, help_text="32 bytes in base64")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.pk


class Receipt(models.Model):
    """The receipt of a sealed session: its canonical text, to the byte, and the signature of it."""

    session = models.OneToOneField(
        LiveSession, on_delete=models.CASCADE, primary_key=True, related_name="receipt"
    )
    body = models.TextField()
    key = models.ForeignKey(ReceiptKey, on_delete=models.PROTECT, related_name="receipts")
    signature = models.CharField(max_length=88, help_text="64 bytes in base64")
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"receipt of {self.session_id}"


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
