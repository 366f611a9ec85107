"""Models that are registered, and what was found out about files of models."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from foundation.ids import IdField
from foundation.models import StoredFile
from tenants.models import Organisation


class ModelCheck(models.Model):
    """The record that some bytes of a model file were judged, and how."""

    id = IdField()
    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="model_checks"
    )
    livemode = models.BooleanField()
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64, help_text="Of the bytes that were sent")
    bytes_seen = models.BigIntegerField()
    size_bytes = models.BigIntegerField(help_text="Of the whole file, as declared")
    tier_version = models.CharField(max_length=60)
    placement = models.CharField(max_length=10, blank=True)
    allowed = ArrayField(models.CharField(max_length=10))
    verdict = models.JSONField()
    created_at = models.DateTimeField()

    class Meta:
        db_table = "noucamp_modelcheck"  # where the rows have always been: see the migration

    def __str__(self) -> str:
        return f"{self.name}: {', '.join(self.allowed) or 'refused'}"


class Model(models.Model):
    """One version of a named model: what it is made of never changes.

    registered ─retire→ retired

    `sha256` is of the file, or of the list of files where there are several. `report` is what their
    headers prove, with the base's where it is an adapter. `contract` is the task that it serves,
    by `declaration`; `inputs` and `outputs` are those of its graph, null where it has none.
    """

    class Kind(models.TextChoices):
        BASE = "base"
        ADAPTER = "adapter"

    class State(models.TextChoices):
        REGISTERED = "registered"
        RETIRED = "retired"

    id = IdField()
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="models")
    livemode = models.BooleanField()
    name = models.CharField(max_length=100)
    version = models.CharField(max_length=60)
    kind = models.CharField(max_length=7, choices=Kind.choices)
    base = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="adapters")
    licence = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.BigIntegerField(help_text="Of all its files")
    report = models.JSONField()
    contract = models.CharField(max_length=20, blank=True)
    declaration = models.JSONField(null=True)
    inputs = models.JSONField(null=True)
    outputs = models.JSONField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.REGISTERED)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=40, blank=True, help_text="The credential")
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "livemode", "name", "version"], name="model_version_once"
            )
        ]
        indexes = [
            models.Index(fields=["organisation", "livemode", "-id"], name="model_of_organisation")
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class ModelFile(models.Model):
    """One file of a model; its bytes end when the model is retired, what it was does not."""

    model = models.ForeignKey(Model, on_delete=models.CASCADE, related_name="files")
    file = models.ForeignKey(StoredFile, on_delete=models.SET_NULL, null=True, related_name="+")
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["model", "name"], name="model_file_named_once")
        ]

    def __str__(self) -> str:
        return self.name


class DriftReference(models.Model):
    """The counts that a model's sessions are compared with, and the jobs that made them.

    It learns from the model's first jobs, unless its owner has `chosen` them.
    """

    model = models.OneToOneField(
        Model, on_delete=models.CASCADE, primary_key=True, related_name="reference"
    )
    statistics = models.JSONField()
    jobs = ArrayField(models.CharField(max_length=40))
    chosen = models.BooleanField(default=False)
    set_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.model_id}: {len(self.jobs)} jobs"


class DriftRecord(models.Model):
    """What one job of a model heard and answered, beside the reference of its time."""

    class Verdict(models.TextChoices):
        LEARNING = "learning"
        TOO_FEW = "too_few"
        STEADY = "steady"
        WARN = "warn"
        ALARM = "alarm"

    id = IdField()
    model = models.ForeignKey(Model, on_delete=models.CASCADE, related_name="drift")
    job = models.CharField(max_length=40, unique=True)
    statistics = models.JSONField()
    features = models.JSONField(help_text="PSI, KS and verdict of each; none while learning")
    verdict = models.CharField(max_length=8, choices=Verdict.choices, help_text="The worst")
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["model", "-id"], name="drift_of_model")]

    def __str__(self) -> str:
        return f"{self.model_id} {self.verdict}"
