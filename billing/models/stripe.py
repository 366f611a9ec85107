"""What is kept of Stripe: its messages before they are read, reports to its meters, comparisons."""

from django.db import models
from django.db.models import Q

from tenants.models import Organisation


class InboxMessage(models.Model):
    """A webhook, stored before it is answered and processed afterwards; once, by Stripe's id."""

    id = models.CharField(primary_key=True, max_length=120, db_collation="C")
    type = models.CharField(max_length=100)
    payload = models.JSONField()
    told_at = models.DateTimeField(help_text="When Stripe made it")
    received_at = models.DateTimeField()
    processed_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    problem = models.TextField(blank=True)

    class Meta:
        ordering = ["-received_at"]
        indexes = [
            models.Index(
                fields=["received_at"], name="inbox_waiting", condition=Q(processed_at=None)
            )
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.id}"


class MeterReport(models.Model):
    """A cumulative count on its way to a Stripe meter; the largest of a month is what counts."""

    class State(models.TextChoices):
        DUE = "due"
        SENT = "sent"
        REFUSED = "refused"

    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="meter_reports"
    )
    month = models.DateField()
    value = models.PositiveBigIntegerField()
    identifier = models.CharField(max_length=100, unique=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.DUE)
    problem = models.TextField(blank=True)
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["made_at"], name="report_due", condition=Q(state="due"))]

    def __str__(self) -> str:
        return self.identifier


class Reconciliation(models.Model):
    """One comparison of a month's statements with the collector's invoices; tolerance nought."""

    month = models.DateField()
    ran_at = models.DateTimeField()
    compared = models.PositiveIntegerField()
    differences = models.JSONField(default=list)

    class Meta:
        ordering = ["-ran_at"]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} at {self.ran_at:%Y-%m-%d %H:%M}"
