"""Prices as versioned data: a list, its versions, a price per meter, and its bands."""

from django.core.validators import MinValueValidator
from django.db import models

from tenants.models import Organisation


class PriceList(models.Model):
    """A list of prices: the published one, or one agreed with an organisation."""

    slug = models.SlugField(primary_key=True, max_length=40)
    name = models.CharField(max_length=80)
    currency = models.CharField(max_length=3, default="usd")
    organisation = models.ForeignKey(
        Organisation,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="price_lists",
        help_text="With whom it was agreed; empty for a list that is open to all",
    )

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.name


class PriceVersion(models.Model):
    """The prices of a list for every month that begins at or after `effective_at`.

    A version is a draft until it is published, and is never edited afterwards.
    """

    price_list = models.ForeignKey(PriceList, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    effective_at = models.DateTimeField(
        help_text="Months that begin from then on are billed by it; a running month is not"
    )
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    allow_decrease = models.BooleanField(
        default=False,
        help_text="Publish it although one user more may lower the total somewhere",
    )

    class Meta:
        ordering = ["price_list", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["price_list", "number"], name="price_version_once")
        ]

    def __str__(self) -> str:
        draft = "" if self.published_at else " (draft)"
        return f"{self.price_list_id} v{self.number}{draft}"


class MeterPrice(models.Model):
    """How one meter is priced in a version."""

    class Mode(models.TextChoices):
        VOLUME = "volume", "Volume: the band of the total prices every unit"
        GRADUATED = "graduated", "Graduated: each band prices its own units"
        VOLUME_FLOOR = "volume_floor", "Volume with a floor: a unit more never lowers the total"

    version = models.ForeignKey(PriceVersion, on_delete=models.CASCADE, related_name="prices")
    meter = models.CharField(max_length=40)
    description = models.CharField(max_length=120)
    mode = models.CharField(max_length=12, choices=Mode.choices, default=Mode.VOLUME)
    per = models.PositiveIntegerField(
        default=1,
        validators=[MinValueValidator(1)],
        help_text="How many units the unit price is for, as 60 for a price by the minute",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "meter"], name="meter_price_once")
        ]

    def __str__(self) -> str:
        return f"{self.meter} in {self.version}"


class PriceBand(models.Model):
    """Units `first` to `last`, both included, and what they cost in units of the currency."""

    price = models.ForeignKey(MeterPrice, on_delete=models.CASCADE, related_name="bands")
    first = models.PositiveBigIntegerField()
    last = models.PositiveBigIntegerField(null=True, blank=True, help_text="Empty for no end")
    unit_price = models.DecimalField(
        max_digits=20, decimal_places=12, validators=[MinValueValidator(0)]
    )
    flat = models.DecimalField(
        max_digits=20,
        decimal_places=6,
        default=0,
        validators=[MinValueValidator(0)],
        help_text="Once for the whole band, besides the unit price",
    )

    class Meta:
        ordering = ["price", "first"]
        constraints = [models.UniqueConstraint(fields=["price", "first"], name="price_band_once")]

    def __str__(self) -> str:
        return f"{self.first} to {self.last if self.last is not None else 'any'}"
