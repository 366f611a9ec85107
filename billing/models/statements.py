"""What a month came to: immutable, hashed, and chained to the month before."""

from django.db import models

from foundation.ids import IdField
from tenants.models import Organisation


class Statement(models.Model):
    """One organisation's month. `content` is the document; the rest is there to be searched by.

    `content_hash` is the SHA-256 of `content`, and names it in the next one.
    """

    id = IdField()
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="statements"
    )
    livemode = models.BooleanField()
    month = models.DateField(help_text="Its first day")
    number = models.CharField(max_length=60, unique=True)
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField(help_text="In minor units of the currency (cents)")
    content = models.TextField()
    content_hash = models.CharField(max_length=64)
    previous_hash = models.CharField(max_length=64)
    closed_at = models.DateTimeField()

    class Meta:
        ordering = ["-month", "organisation"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "livemode", "month"], name="statement_once"
            )
        ]

    def __str__(self) -> str:
        return self.number


class Correction(models.Model):
    """What arrived after a month was closed, as one signed amount of money.

    Up, it is a line of a later statement (`settled_in`), or waived; down, a credit note.
    """

    id = IdField()
    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="corrections")
    number = models.PositiveIntegerField(help_text="1 for the statement's first")
    amount_minor = models.BigIntegerField(help_text="Signed, in minor units of the currency")
    waived = models.BooleanField(default=False)
    settled_in = models.ForeignKey(
        Statement, null=True, on_delete=models.PROTECT, related_name="settles"
    )
    content = models.TextField()
    content_hash = models.CharField(max_length=64)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["statement", "number"]
        constraints = [
            models.UniqueConstraint(fields=["statement", "number"], name="correction_once")
        ]

    def __str__(self) -> str:
        return f"Correction {self.number} of {self.statement_id}"


class Closing(models.Model):
    """A month's close as the operator sees it: begun, going on, done. Statements are the truth."""

    month = models.DateField()
    livemode = models.BooleanField(default=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    statements = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["month", "livemode"], name="closing_once")]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"
