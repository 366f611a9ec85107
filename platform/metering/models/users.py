"""Monthly active users: one compact row each, by its size and order of columns."""

from django.db import models

from metering.models.months import UsageMonth


class Origin(models.Model):
    """How users came to be counted: by which operation, key and family, and whether too late.

    A user's row has four bytes for it, and what is told of a user can be told in full.
    """

    id = models.AutoField(primary_key=True)
    operation = models.CharField(max_length=100, help_text="Such as POST /v1/usage/events")
    key_id = models.CharField(max_length=40, db_collation="C")
    family = models.CharField(max_length=40)
    late = models.BooleanField(help_text="Counted when the month was closed")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["key_id", "operation", "family", "late"], name="origin_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.key_id}{' (late)' if self.late else ''}"


class ActiveUser(models.Model):
    """An end user's first appearance in a UTC month, as a keyed hash; no name is ever stored.

    32 bytes in this order without a gap. Neither reference is checked by the database, which would
    cost more than the row itself; the month's row is locked by whoever writes here.
    """

    pk = models.CompositePrimaryKey("usage_month_id", "user_hash")
    first_seen_at = models.DateTimeField()
    usage_month = models.ForeignKey(
        UsageMonth, on_delete=models.CASCADE, db_index=False, db_constraint=False, related_name="+"
    )
    origin = models.ForeignKey(
        Origin, on_delete=models.PROTECT, db_index=False, db_constraint=False, related_name="+"
    )
    user_hash = models.UUIDField()

    def __str__(self) -> str:
        return f"{self.usage_month_id} {self.user_hash.hex}"
