"""Tiers as versioned data: their numbers, and the limits that they publish."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import (
    BaseValidator,
    MaxValueValidator,
    MinValueValidator,
    RegexValidator,
)
from django.db import models
from django.db.models import Q

from tenants.limits import Algorithm, Cost, LimitScope

# What `ratelimit` can count exactly, and name in a header.
_word = RegexValidator(r"^[a-z][a-z0-9_.-]*\Z", "Lower-case letters, digits, _ . and -")
_COUNT = [MinValueValidator(1), MaxValueValidator(10**9)]
_SECONDS = [MinValueValidator(1), MaxValueValidator(7_200)]  # beyond, no worker was measured
# What the platform lets any model's files take: in the cloud what every admissible transformer
# needs at four bytes a parameter, elsewhere what such a machine can hold beside its work.
CLOUD_BYTES_MOST = 2**36
EDGE_BYTES_MOST = 2**33
DEVICE_BYTES_MOST = 2**32
LARGEST_RATE = 2**50  # burst in microseconds of the span
_route = RegexValidator(
    r"^(GET|POST|PUT|PATCH|DELETE) /v1/\S+\Z", "A method and a path, as in POST /v1/effects"
)
_media = RegexValidator(
    r"^[a-z]+/(\*|[a-z0-9][a-z0-9.+-]*)\Z", "A media type or a family, as in audio/*"
)
INPUT_TYPES = [
    "audio/*",
    "image/*",
    "application/json",
    "application/octet-stream",
    "application/x-npy",
    "text/plain",
]


def _stricter_than(most: int) -> list[BaseValidator]:
    """From one byte to the platform's own cap, which no tier lifts."""
    said = (
        "The platform takes at most %(limit_value)s bytes there, and a tier may only be stricter."
    )
    return [MinValueValidator(1), MaxValueValidator(most, said)]


def input_types_at_first() -> list[str]:
    return [*INPUT_TYPES]


class Tier(models.Model):
    """A named offer; its numbers live in its versions."""

    slug = models.SlugField(primary_key=True, max_length=40)
    name = models.CharField(max_length=80)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return self.name


class TierVersion(models.Model):
    """The numbers of a tier from `effective_at` on. A published version is never edited."""

    tier = models.ForeignKey(Tier, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    effective_at = models.DateTimeField(
        help_text="From this moment on. A version in force cannot be edited: publish a new one."
    )
    mau_from = models.PositiveIntegerField(
        "MAU from", help_text="Monthly active users at which the tier begins"
    )
    mau_to = models.PositiveIntegerField(
        "MAU to",
        null=True,
        blank=True,
        help_text="The last user it admits in a month; empty for no end",
    )
    transformer_parameters_below = models.BigIntegerField(default=13_000_000_000)
    edge_parameters_max = models.BigIntegerField(default=7_000_000_000)
    edge_quantised_only = models.BooleanField(default=True)
    device_parameters_below = models.BigIntegerField(default=1_000_000_000)
    cloud_bytes_max = models.BigIntegerField(
        default=CLOUD_BYTES_MOST,
        db_default=CLOUD_BYTES_MOST,
        validators=_stricter_than(CLOUD_BYTES_MOST),
        help_text="What a model's files may take together to run in the cloud, to 64 GiB",
    )
    edge_bytes_max = models.BigIntegerField(
        default=EDGE_BYTES_MOST,
        db_default=EDGE_BYTES_MOST,
        validators=_stricter_than(EDGE_BYTES_MOST),
        help_text="What they may take to run at the edge, to 8 GiB",
    )
    device_bytes_max = models.BigIntegerField(
        default=DEVICE_BYTES_MOST,
        db_default=DEVICE_BYTES_MOST,
        validators=_stricter_than(DEVICE_BYTES_MOST),
        help_text="What they may take to run on a device, to 4 GiB",
    )
    recording_seconds_max = models.PositiveIntegerField(
        default=1_800,
        db_default=1_800,
        validators=_SECONDS,
        help_text="The longest sound that may be uploaded, in seconds, to two hours",
    )
    recording_bytes_max = models.PositiveIntegerField(
        default=134_217_728,
        db_default=134_217_728,
        validators=[MinValueValidator(1)],
        help_text="The largest file of sound that may be uploaded, to TIFO_UPLOAD_MAX_BYTES",
    )
    input_bytes_max = models.BigIntegerField(
        default=2**30,
        db_default=2**30,
        validators=[MinValueValidator(1)],
        help_text="The largest input of a job that may be uploaded in parts",
    )
    input_types = ArrayField(
        models.CharField(max_length=100, validators=[_media]),
        default=input_types_at_first,
        db_default=INPUT_TYPES,
        help_text="Media types of inputs that are taken, with commas between, as in audio/*",
    )
    model_bytes_max = models.BigIntegerField(
        default=2**34,
        db_default=2**34,
        validators=[MinValueValidator(1)],
        help_text="The largest model file that may be uploaded in parts",
    )
    sla = models.BooleanField("SLA", default=False, help_text="Objectives are agreed by contract")
    job_weight = models.PositiveSmallIntegerField(
        default=1,
        db_default=1,
        validators=[MinValueValidator(1), MaxValueValidator(1_000)],
        help_text="Its share of a queue while others wait there too, against theirs",
    )
    jobs_at_once = models.PositiveSmallIntegerField(
        default=4,
        db_default=4,
        validators=[MinValueValidator(1), MaxValueValidator(10_000)],
        help_text="How many jobs of one organisation a queue takes up at the same time",
    )

    class Meta:
        ordering = ["tier", "-number"]
        constraints = [models.UniqueConstraint(fields=["tier", "number"], name="tier_version_once")]

    def __str__(self) -> str:
        return f"{self.tier_id} v{self.number}"

    def clean(self) -> None:
        """Refuse to promise a file that no door of the platform would let in."""
        most = settings.UPLOAD_MAX_BYTES
        if self.recording_bytes_max > most:
            said = f"This platform takes at most {most} bytes: see TIFO_UPLOAD_MAX_BYTES."
            raise ValidationError({"recording_bytes_max": said})


class LimitFields(models.Model):
    """One published limit. The algorithm says how `quantity`, `per_ms` and `burst` are read."""

    name = models.SlugField(max_length=40, validators=[_word])
    algorithm = models.CharField(max_length=12, choices=Algorithm.choices)
    unit = models.CharField(max_length=20, validators=[_word])
    quantity = models.PositiveIntegerField(validators=_COUNT)
    per_ms = models.PositiveIntegerField(
        validators=[MinValueValidator(1)], help_text="Milliseconds; for concurrency, lease length"
    )
    burst = models.PositiveIntegerField(default=0, help_text="Of a rate, at least 1; else 0")
    scope = models.CharField(
        max_length=12,
        choices=LimitScope.choices,
        default=LimitScope.ORGANISATION,
        db_default=LimitScope.ORGANISATION,
        help_text="Whose calls are counted together",
    )
    counts = models.CharField(
        max_length=40,
        blank=True,
        default="",
        db_default="",
        validators=[_word],
        help_text="The cost it counts, such as requests or effects; empty: that of its own name",
    )
    routes = ArrayField(
        models.CharField(max_length=100, validators=[_route]),
        blank=True,
        default=list,
        db_default=[],
        help_text="Only these operations, with commas between, as in POST /v1/effects; empty: all",
    )
    shadow = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Only tried: what it would refuse is counted, and nobody is refused",
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.name}: {self.quantity} {self.unit}"

    def clean(self) -> None:
        """Refuse what the gate could not work with: it would fail every call under this limit."""
        held = Algorithm.CONCURRENCY
        if self.algorithm == held and self.scope not in {LimitScope.ORGANISATION, LimitScope.KEY}:
            raise ValidationError({"scope": "Places are held by an organisation or by a key."})
        cost = self.counts or self.name
        if cost not in set(Cost):
            known_costs = ", ".join(Cost)
            raise ValidationError({"counts": f"No call costs {cost!r}. There are: {known_costs}."})
        same = Limit.objects.filter(Q(counts=cost) | Q(counts="", name=cost))
        known = set(same.values_list("algorithm", flat=True))
        if known and (held in known) != (self.algorithm == held):
            raise ValidationError({"algorithm": "Places are held or units spent, never both."})
        if None in (self.quantity, self.per_ms, self.burst):
            return  # told already, at the field
        if self.algorithm == Algorithm.RATE:
            if not self.burst:
                raise ValidationError({"burst": "A rate without a burst admits nothing."})
            if self.burst * self.per_ms * 1000 >= LARGEST_RATE:
                raise ValidationError({"burst": "Too large to be counted exactly over this span."})


class Limit(LimitFields):
    version = models.ForeignKey(TierVersion, on_delete=models.CASCADE, related_name="limits")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "name"], name="limit_once")]
