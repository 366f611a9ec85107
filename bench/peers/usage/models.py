"""One row per call, which the bill is counted from."""

from django.db import models


class Usage(models.Model):
    key_prefix = models.CharField(max_length=8)
    end_user = models.CharField(max_length=200)
    called_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.key_prefix} {self.end_user}"


class RawEvent(models.Model):
    """The usual design of metering: every event is a row, and its id is unique.

    The columns are those of a CloudEvent, as OpenMeter keeps it.
    """

    organisation_id = models.CharField(max_length=40)
    source = models.CharField(max_length=200)
    event_id = models.CharField(max_length=200)
    type = models.CharField(max_length=40)
    subject = models.CharField(max_length=200)
    time = models.DateTimeField()
    data = models.JSONField()
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "source", "event_id"], name="raw_event_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.event_id}"
