"""The exact count of monthly active users: one first-seen row each, and a counter beside them."""

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

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.month:%Y-%m} {bytes(self.user_hash).hex()}"


class ActiveUserCount(models.Model):
    """How many there are: moved in the transaction that inserts the rows, so it is always exact."""

    pk = models.CompositePrimaryKey("organisation_id", "livemode", "month")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE)
    livemode = models.BooleanField()
    month = models.DateField()
    total = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.month:%Y-%m}: {self.total}"
