"""Item events as they were told, kept so that a replay changes nothing, whenever it comes."""

from django.db import models

from tenants.models import Organisation


class UsageEvent(models.Model):
    """One item of `POST /v1/usage/events`. The same id with another body is a conflict.

    The names are those of CloudEvents: `source` and `event_id` together are an event's own. No end
    user's name is kept, only the hash of the whole body.
    """

    pk = models.CompositePrimaryKey("organisation_id", "livemode", "source", "event_id")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, db_index=False, db_constraint=False
    )
    livemode = models.BooleanField()
    source = models.CharField(max_length=200, db_collation="C")
    event_id = models.CharField(max_length=200, db_collation="C")
    body_hash = models.BinaryField(max_length=16)
    meter = models.CharField(max_length=40)
    quantity = models.DecimalField(max_digits=24, decimal_places=6)
    time = models.DateTimeField()
    key_id = models.CharField(max_length=40, db_collation="C")
    received_at = models.DateTimeField()
    late = models.BooleanField()

    def __str__(self) -> str:
        return f"{self.source} {self.event_id}"
