"""What the gate keeps in Postgres: how often it said no, and to whom."""

from django.db import models

from tenants.models import Organisation


class RefusalCount(models.Model):
    """How many calls one policy refused in one hour of UTC, to one key, end user and route.

    `end_user` is the month's keyed hash of the fan in hexadecimal, empty where a call concerned
    none or many; it joins no two months.
    """

    class Kind(models.TextChoices):
        REFUSED = "refused", "Refused"
        SHADOW = "shadow", "Would have been refused by a limit on trial"
        DEGRADED = "degraded", "Decided without Redis"

    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="refusals", db_index=False
    )
    livemode = models.BooleanField()
    hour = models.DateTimeField(db_index=True)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    policy = models.CharField(max_length=48, blank=True)
    key_id = models.CharField(max_length=40, blank=True)
    end_user = models.CharField(max_length=32, blank=True)
    route = models.CharField(max_length=200, blank=True)
    count = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "organisation", "livemode", "hour", "kind",
                    "policy", "key_id", "end_user", "route",
                ],
                name="refusal_counted_once",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.policy} {self.kind} {self.count} times in {self.hour:%Y-%m-%d %H} h"
