"""A month of an organisation in one mode, and the seal over its users."""

from django.db import models

from tenants.models import Organisation


class UsageMonth(models.Model):
    """How many users the month has, and the fence of its close.

    `mau` moves in the transaction that inserts the users' rows, so it is always exact. Who counts
    users locks the row FOR NO KEY UPDATE, who counts anything else FOR KEY SHARE, and the close
    FOR UPDATE: whatever it read is all there was. What comes after `closed_at` is late, and so is
    all of a month of which nobody had heard when it was time to close it (`opened_late`).
    """

    id = models.AutoField(primary_key=True)  # four bytes, for each user's row repeats it
    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="usage_months", db_index=False
    )
    livemode = models.BooleanField()
    month = models.DateField(help_text="The first day of the UTC month")
    mau = models.PositiveIntegerField("MAU", default=0, db_default=0)
    late_mau = models.PositiveIntegerField("late MAU", default=0, db_default=0)
    closed_at = models.DateTimeField(null=True)
    opened_late = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "livemode", "month"], name="usage_month_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["month"],
                name="usage_month_open",
                condition=models.Q(closed_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.month:%Y-%m}: {self.mau}"


class UserSeal(models.Model):
    """The Merkle root over the month's users in time, in ascending order of their hashes.

    `blocks` has, for each block of 1,024 users, its first hash (16 bytes) and its node (32).
    """

    usage_month = models.OneToOneField(
        UsageMonth, on_delete=models.CASCADE, primary_key=True, related_name="seal"
    )
    users = models.PositiveIntegerField()
    root = models.BinaryField(max_length=32)
    blocks = models.BinaryField()
    sealed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.users} users: {bytes(self.root).hex()}"
