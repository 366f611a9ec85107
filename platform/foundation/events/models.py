"""The outbox: durable events as rows, each written by the transaction that made it true."""

from django.db import models
from django.db.models import Func, Q, Value

from foundation.ids import IdField

ORDER = "foundation_event_order"


class Event(models.Model):
    """What happened in an organisation (named by id only: tenants stand a floor above).

    `written` counts as rows are written, `position` as they are read: a row gets its position from
    the first reader that finds it committed, so that none comes to lie behind a reader.
    """

    id = IdField()
    organisation_id = models.CharField(max_length=40, db_collation="C")
    livemode = models.BooleanField()
    type = models.CharField(max_length=60)
    data = models.JSONField()
    created_at = models.DateTimeField(db_index=True)
    written = models.BigIntegerField(db_default=Func(Value(ORDER), function="nextval"))
    position = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            # Without the rows that have none: to tell an event touches no index more than it must.
            models.UniqueConstraint(
                fields=["position"], name="event_read_once", condition=Q(position__isnull=False)
            )
        ]
        indexes = [
            models.Index(fields=["written"], name="event_unread", condition=Q(position=None))
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.pk}"
