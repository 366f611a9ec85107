"""Letters that wait to be sent, and those that were."""

from django.db import models
from django.db.models import Q

from foundation.ids import IdField


class Letter(models.Model):
    """One mail to one address. `source` names its reason: it is written once for each.

    Whoever sends it first moves `next_try_at` on, so that nobody else sends it at the same time,
    and somebody does if the sender dies.
    """

    id = IdField()
    source = models.CharField(max_length=200, db_collation="C")
    to = models.EmailField()
    subject = models.CharField(max_length=200)
    text = models.TextField()
    created_at = models.DateTimeField(db_index=True)
    sent_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0, db_default=0)
    next_try_at = models.DateTimeField(null=True, help_text="Empty: sent, or given up")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "to"], name="letter_once")]
        indexes = [
            models.Index(
                fields=["next_try_at"],
                name="letter_waiting",
                condition=Q(next_try_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject} to {self.to}"
