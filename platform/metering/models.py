"""What is counted: monthly active users, and the units of metered work."""

from django.db import models

from tenants.models import Organisation


class ActiveUser(models.Model):
    """An end user's first appearance in a UTC month, as a keyed hash; no name is ever stored."""

    pk = models.CompositePrimaryKey("organisation_id", "livemode", "month", "user_hash")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE)
    livemode = models.BooleanField()
    month = models.DateField()
    user_hash = models.BinaryField(max_length=16)
    first_seen_at = models.DateTimeField()

    class Meta:
        db_table = "billing_activeuser"  # as the release before it writes it

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.month:%Y-%m} {bytes(self.user_hash).hex()}"


class ActiveUserCount(models.Model):
    """How many there are: moved in the transaction that inserts the rows, so it is always exact."""

    pk = models.CompositePrimaryKey("organisation_id", "livemode", "month")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE)
    livemode = models.BooleanField()
    month = models.DateField()
    total = models.PositiveIntegerField()

    class Meta:
        db_table = "billing_activeusercount"

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.month:%Y-%m}: {self.total}"


class UsageRow(models.Model):
    """Units of one meter, written in the transaction that settles what was done.

    `source` is the id of what was done, such as a job's; it counts once under a meter.
    """

    pk = models.CompositePrimaryKey("organisation_id", "source", "meter")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, db_index=False)
    livemode = models.BooleanField()
    meter = models.CharField(max_length=40)
    source = models.CharField(max_length=40, db_collation="C")
    quantity = models.PositiveBigIntegerField()
    occurred_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "livemode", "occurred_at"], name="usage_of_month")
        ]

    def __str__(self) -> str:
        return f"{self.quantity} {self.meter} of {self.source}"
