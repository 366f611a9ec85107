"""What was agreed with one organisation: prices, a commitment, credits, objectives."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from billing.models.prices import PriceList
from billing.rules.rounding import minor_money
from foundation.ids import IdField
from tenants.models import Organisation


class Contract(models.Model):
    """In force from `starts_at` until `ends_at`, both at 00:00 UTC; it may have no end."""

    id = IdField()
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="contracts"
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    price_list = models.ForeignKey(
        PriceList,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="contracts",
        help_text="Empty for the published prices",
    )
    minimum_commitment_minor = models.PositiveBigIntegerField(
        default=0, help_text="What a month costs at least, in minor units of the currency (cents)"
    )
    discount_percent = models.DecimalField(
        max_digits=7,
        decimal_places=4,
        default=0,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    note = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(editable=False)

    class Meta:
        ordering = ["organisation", "-starts_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")),
                name="contract_ends_after_it_begins",
            )
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} from {self.starts_at:%Y-%m-%d}"


class Objective(models.Model):
    """A service level that the contract promises, such as availability of 99.95 percent."""

    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="objectives")
    name = models.SlugField(max_length=60)
    target = models.DecimalField(max_digits=12, decimal_places=4)
    unit = models.CharField(max_length=20, help_text="As in percent or ms")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contract", "name"], name="objective_once")]

    def __str__(self) -> str:
        return f"{self.name}: {self.target.normalize():f} {self.unit}"


class Credit(models.Model):
    """Money that an organisation has here before it uses anything; its entries are the truth."""

    class Kind(models.TextChoices):
        PREPAID = "prepaid", "Prepaid"
        GOODWILL = "goodwill", "Goodwill"

    id = IdField()
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="credits")
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.PREPAID)
    currency = models.CharField(max_length=3, default="usd")
    amount_minor = models.PositiveBigIntegerField(
        validators=[MinValueValidator(1)], help_text="In minor units of the currency (cents)"
    )
    granted_at = models.DateTimeField()
    expires_at = models.DateTimeField(
        null=True, blank=True, help_text="Months that begin from then on cannot use it"
    )
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["organisation", "granted_at", "id"]

    def __str__(self) -> str:
        return f"{minor_money(self.amount_minor, self.currency)} to {self.organisation_id}"


class CreditEntry(models.Model):
    """A movement of a credit: its balance is their sum, and is never below nought.

    `statement_id` is the statement that used it, or of which it was granted to give something back:
    the sum by statement is what that took of credits and has not given back.
    """

    class Kind(models.TextChoices):
        GRANTED = "granted"
        USED = "used"
        REVOKED = "revoked"

    id = IdField()
    credit = models.ForeignKey(Credit, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    amount_minor = models.BigIntegerField(help_text="Signed: what was used is negative")
    statement_id = models.CharField(max_length=40, blank=True, db_collation="C")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            # A statement takes from a credit once, however often its month is closed.
            models.UniqueConstraint(
                fields=["credit", "statement_id"],
                condition=~Q(statement_id=""),
                name="credit_used_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {minor_money(self.amount_minor, self.credit.currency)}"
