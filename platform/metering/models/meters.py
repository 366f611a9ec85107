"""Meters as data: an operator adds one by a row."""

from django.core.validators import RegexValidator
from django.db import models


class Meter(models.Model):
    """What may be counted, and how a day's and a month's total is made of it.

    `unique` counts end users and is `mau` alone. Quantities of the others are added up, or the
    largest stands. `reported`: developers may send it themselves, item by item.
    """

    class Aggregation(models.TextChoices):
        UNIQUE = "unique"
        SUM = "sum"
        MAX = "max"

    name = models.CharField(
        primary_key=True,
        max_length=40,
        validators=[RegexValidator(r"^[a-z][a-z0-9_]*\Z", "Lower-case letters, digits and _")],
    )
    aggregation = models.CharField(max_length=6, choices=Aggregation.choices)
    unit = models.CharField(max_length=20, help_text="In the singular, such as effect or second")
    description = models.CharField(max_length=200)
    reported = models.BooleanField(
        default=False, help_text="Developers may report it to POST /v1/usage/events"
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(aggregation="unique") | models.Q(name="mau"),
                name="only_users_are_unique",
                violation_error_message="Only mau counts users.",
            )
        ]

    def __str__(self) -> str:
        return self.name
