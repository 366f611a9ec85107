"""Metered work: one row for each thing that was settled, and the counters that they move."""

from django.db import models

from tenants.models import Organisation


class UsageRow(models.Model):
    """Units of one meter, written in the transaction that settles what was done.

    `source` is the id of what was done, such as a job's; it counts once under a meter.
    """

    pk = models.CompositePrimaryKey("organisation_id", "source", "meter")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, db_index=False)
    livemode = models.BooleanField()
    meter = models.CharField(max_length=40)
    source = models.CharField(max_length=40, db_collation="C")
    quantity = models.DecimalField(max_digits=24, decimal_places=6)
    occurred_at = models.DateTimeField()
    key_id = models.CharField(max_length=40, db_collation="C", db_default="")
    family = models.CharField(max_length=40, db_default="")
    late = models.BooleanField(db_default=False)

    def __str__(self) -> str:
        return f"{self.quantity} {self.meter} of {self.source}"


class UsageCount(models.Model):
    """A meter's total of a UTC day under one key and family, moved with what it counts.

    Of `mau` it is how many users were first seen that day, so a month's days add up to its users.
    What came after the month's close is counted apart, as `late`.
    """

    pk = models.CompositePrimaryKey(
        "organisation_id", "livemode", "day", "meter", "key_id", "family", "late"
    )
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, db_index=False)
    livemode = models.BooleanField()
    day = models.DateField()
    meter = models.CharField(max_length=40, db_collation="C")
    key_id = models.CharField(max_length=40, db_collation="C")
    family = models.CharField(max_length=40, db_collation="C")
    late = models.BooleanField()
    # Wide enough for 10^15 events of the largest quantity each: it never overflows.
    quantity = models.DecimalField(max_digits=36, decimal_places=6)

    class Meta:
        indexes = [
            # A close looks for what came late for any month before, which is little of it all.
            models.Index(
                fields=["organisation", "livemode", "day"],
                name="usage_count_late",
                condition=models.Q(late=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.meter}: {self.quantity}"
