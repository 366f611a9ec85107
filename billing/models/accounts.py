"""Who pays and how, and every movement of money that was heard of."""

from django.db import models
from django.db.models import Q

from billing.models.invoices import Invoice
from billing.rules.rounding import minor_money
from foundation.ids import IdField
from tenants.models import Organisation


class BillingAccount(models.Model):
    """How an organisation pays. `terms` says who lets it grow beyond the free tier: a card, or
    the operator, who sends it invoices."""

    class Terms(models.TextChoices):
        CARD = "card", "By a payment method on file"
        INVOICE = "invoice", "By invoice, as the operator agreed"

    class Standing(models.TextChoices):
        GOOD = "good", "Nothing is overdue"
        GRACE = "grace", "A payment failed; its grace runs"
        RESTRICTED = "restricted", "Unpaid after the grace: it has the free tier's limits"

    organisation = models.OneToOneField(
        Organisation, primary_key=True, on_delete=models.CASCADE, related_name="billing_account"
    )
    terms = models.CharField(max_length=8, choices=Terms.choices, default=Terms.CARD)
    email = models.EmailField(blank=True, help_text="Where invoices go; empty: the owner")
    customer_id = models.CharField(max_length=80, blank=True, help_text="The collector's name")
    payment_method_id = models.CharField(max_length=80, blank=True)
    payment_method_label = models.CharField(
        max_length=80, blank=True, help_text="As in visa ending in 4242"
    )
    standing = models.CharField(max_length=10, choices=Standing.choices, default=Standing.GOOD)
    grace_ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer_id"], condition=~Q(customer_id=""), name="customer_once"
            )
        ]

    def __str__(self) -> str:
        return self.organisation_id


class LedgerEntry(models.Model):
    """One movement of money, once: what is owed is their sum.

    What the organisation owes is positive (an invoice, a refund, a lost payment); what takes it
    away is negative (a payment, a credit note, a write-off). What a credit note moves to the
    customer's balance at Stripe is positive too: it is given back from there.
    """

    class Kind(models.TextChoices):
        INVOICE = "invoice"
        TAX = "tax"
        PAYMENT = "payment"
        REFUND = "refund"
        CREDIT_NOTE = "credit_note"
        BALANCE = "balance"
        DISPUTE = "dispute"
        DISPUTE_WON = "dispute_won"
        VOID = "void"

    id = IdField()
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="ledger_entries"
    )
    invoice = models.ForeignKey(
        Invoice, null=True, on_delete=models.PROTECT, related_name="ledger_entries"
    )
    kind = models.CharField(max_length=12, choices=Kind.choices)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    source = models.CharField(
        max_length=120, unique=True, help_text="What moved it, so that it is written once"
    )
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "ledger entries"
        ordering = ["organisation", "at", "id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {minor_money(self.amount_minor, self.currency)}"
