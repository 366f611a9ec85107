"""What is asked for: an invoice per statement that comes to something, and what is given back."""

from django.db import models
from django.db.models import Q

from billing.models.statements import Correction, Statement
from billing.rules.rounding import minor_money
from foundation.ids import IdField
from tenants.models import Organisation


class Invoice(models.Model):
    """A statement on its way to be paid; the row is the state machine's memory.

    created → lines → verified → finalised → paid
                                     ├→ failed → paid
                                     └→ void
    `collector` is who asks for the money, empty until a worker that drives it has said so;
    `external_id` names the invoice there.
    """

    class State(models.TextChoices):
        CREATED = "created", "Created: nothing is with the collector yet, or an empty draft"
        LINES = "lines", "Lines: every line was sent to the draft"
        VERIFIED = "verified", "Verified: read back and equal to the cent"
        FINALISED = "finalised", "Finalised: it can be paid"
        PAID = "paid", "Paid"
        FAILED = "failed", "Failed: a payment was tried and refused"
        VOID = "void", "Void"

    class Collector(models.TextChoices):
        MANUAL = "manual", "By the operator, outside of the platform"
        STRIPE = "stripe", "Stripe"
        SANDBOX = "sandbox", "Nobody: a sandbox's payments are played"

    id = IdField()
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="invoices"
    )
    statement = models.OneToOneField(Statement, on_delete=models.PROTECT, related_name="invoice")
    number = models.CharField(max_length=60, unique=True)
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField(help_text="Before tax; the statement's total")
    tax_minor = models.BigIntegerField(default=0, help_text="As the collector has added it")
    paid_minor = models.BigIntegerField(default=0)
    refunded_minor = models.BigIntegerField(default=0)
    credited_minor = models.BigIntegerField(default=0, help_text="By credit notes")
    state = models.CharField(max_length=10, choices=State.choices, default=State.CREATED)
    collector = models.CharField(max_length=8, choices=Collector.choices)
    external_id = models.CharField(max_length=80, blank=True)
    hosted_url = models.CharField(max_length=500, blank=True)
    problem = models.TextField(blank=True, help_text="Why it does not go on")
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(
        null=True, help_text="Empty where nothing is to be done, or a person has to look first"
    )
    created_at = models.DateTimeField()
    finalised_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    paid_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["collector", "external_id"],
                condition=~Q(external_id=""),
                name="invoice_sent_once",
            )
        ]
        indexes = [
            # Who is paid, void, or waits for a person is not in it.
            models.Index(
                fields=["next_attempt_at"],
                name="invoice_to_go_on",
                condition=Q(next_attempt_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.number


class CreditNote(models.Model):
    """Money taken off an invoice after it was finalised."""

    class State(models.TextChoices):
        CREATED = "created", "Created: not with the collector yet"
        ISSUED = "issued", "Issued"
        VOID = "void", "Void"

    id = IdField()
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="credit_notes"
    )
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="credit_notes")
    correction = models.OneToOneField(
        Correction, null=True, on_delete=models.PROTECT, related_name="credit_note"
    )
    amount_minor = models.PositiveBigIntegerField()
    reason = models.CharField(max_length=200)
    state = models.CharField(max_length=8, choices=State.choices, default=State.CREATED)
    external_id = models.CharField(max_length=80, blank=True)
    problem = models.TextField(blank=True)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    issued_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            # What is issued, or waits for a person, is not in it.
            models.Index(
                fields=["next_attempt_at"],
                name="credit_note_to_go_on",
                condition=Q(next_attempt_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{minor_money(self.amount_minor, self.invoice.currency)} off {self.invoice.number}"
