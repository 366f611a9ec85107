"""Kiosks and what happens at them: readings, interactions, triggers and cues."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.noucamp.rules.cues import CueTimes
from apps.noucamp.rules.thermal import Thermal
from foundation.ids import IdField
from foundation.zones import LONGEST_ZONE
from tenants.models import Organisation


class Capability(models.TextChoices):
    """What a kiosk can play; a cue's kind is one of the first two."""

    LED = "led"
    AUDIO = "audio"
    DISPLAY = "display"


class CueKind(models.TextChoices):
    LED = "led"
    AUDIO = "audio"


class Kiosk(models.Model):
    """A device in the venue. Its credential is an API key that names it; retired is for ever."""

    id = IdField()
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="kiosks")
    livemode = models.BooleanField()
    name = models.CharField(max_length=80)
    zone = models.SlugField(max_length=LONGEST_ZONE)
    capabilities = ArrayField(models.CharField(max_length=10, choices=Capability.choices))
    thermal = models.CharField(
        max_length=10, choices=[(t.value, t.value) for t in Thermal], default=Thermal.NORMAL.value
    )
    readings_taken = models.PositiveBigIntegerField(default=0)
    latest = models.ForeignKey(
        "TelemetryReading", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField()
    last_seen_at = models.DateTimeField(null=True, blank=True)
    socket_seen_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["organisation", "livemode", "zone"], name="kiosk_by_zone")]

    def __str__(self) -> str:
        return f"{self.name} ({self.zone})"


class TelemetryReading(models.Model):
    """One report of a kiosk; `number` counts its reports, and only the newest are kept."""

    id = IdField()
    kiosk = models.ForeignKey(Kiosk, on_delete=models.CASCADE, related_name="readings")
    number = models.PositiveBigIntegerField()
    soc_celsius = models.FloatField()
    power_watts = models.FloatField(null=True)
    npu_load = models.FloatField(null=True, help_text="0 to 1")
    uptime_s = models.BigIntegerField(null=True)
    dropped_cues = models.BigIntegerField(null=True)
    thermal = models.CharField(max_length=10)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kiosk", "number"], name="reading_once")]

    def __str__(self) -> str:
        return f"{self.kiosk_id} #{self.number}: {self.soc_celsius} °C"


class Interaction(models.Model):
    """What a fan did at a kiosk. The fan is a keyed hash; no name is ever stored."""

    class Kind(models.TextChoices):
        CHEER = "cheer"
        SKIP = "skip"

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    livemode = models.BooleanField()
    client_id = models.CharField(max_length=64, db_collation="C")
    kiosk = models.ForeignKey(Kiosk, on_delete=models.CASCADE, related_name="interactions")
    user_hash = models.BinaryField(max_length=16)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    value = models.FloatField(null=True, help_text="Cheer volume 0 to 100; none for a skip")
    track = models.CharField(max_length=200, null=True)  # noqa: DJ001  (null: the client named none)
    happened_at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "livemode", "client_id"], name="interaction_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["organisation", "livemode", "happened_at"], name="interaction_by_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.client_id}"


class Trigger(models.Model):
    """One order to many kiosks."""

    id = IdField()
    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="triggers"
    )
    livemode = models.BooleanField()
    kind = models.CharField(max_length=10, choices=CueKind.choices)
    target = models.JSONField()
    payload = models.JSONField()
    ttl_ms = models.PositiveIntegerField()
    play_at = models.DateTimeField(null=True)
    raised_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Cue(models.Model):
    """A trigger as one kiosk receives it. Its state is told by its moments, never stored twice."""

    id = IdField()
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="cues")
    livemode = models.BooleanField()
    trigger = models.ForeignKey(Trigger, on_delete=models.CASCADE, related_name="cues")
    kiosk = models.ForeignKey(Kiosk, on_delete=models.CASCADE, related_name="cues")
    raised_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    played_at = models.DateTimeField(null=True, help_text="By the device's own clock")

    class Meta:
        indexes = [
            models.Index(
                fields=["kiosk", "expires_at"],
                name="cue_unacknowledged",
                condition=models.Q(acknowledged_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.pk} for {self.kiosk_id}"

    @property
    def times(self) -> CueTimes:
        return CueTimes(self.raised_at, self.expires_at, self.delivered_at, self.acknowledged_at)
