"""What shall change a month's statement and was not counted."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from foundation.ids import IdField
from tenants.models import Organisation


class Adjustment(models.Model):
    """A percentage of a month that is not owed, told by whoever measured why.

    `source` is that thing's own id: it adjusts once, however often it is told.
    """

    class Kind(models.TextChoices):
        SERVICE_CREDIT = "service_credit"

    id = IdField()
    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="adjustments", db_index=False
    )
    livemode = models.BooleanField()
    month = models.DateField(help_text="The first day of the UTC month")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    percent = models.DecimalField(
        max_digits=7,
        decimal_places=4,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    reason = models.CharField(max_length=200)
    source = models.CharField(max_length=100, db_collation="C")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "source"], name="adjustment_once"),
            models.CheckConstraint(
                condition=models.Q(percent__gte=0, percent__lte=100), name="adjustment_percent"
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "livemode", "month"], name="adjustment_of_month")
        ]

    def __str__(self) -> str:
        return f"{self.percent} % of {self.month:%Y-%m}: {self.reason}"
