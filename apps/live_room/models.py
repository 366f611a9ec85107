"""Clips, and the effects that were asked of them."""

from django.db import models

from foundation.ids import IdField
from foundation.models import StoredFile
from jobs.models import Job
from tenants.models import Organisation


class Clip(models.Model):
    """Sound that effects and stems are made from."""

    id = IdField()
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="clips")
    livemode = models.BooleanField()
    name = models.CharField(max_length=120)
    file = models.ForeignKey(StoredFile, on_delete=models.CASCADE, related_name="+")
    duration_s = models.FloatField()
    sample_rate = models.PositiveIntegerField()
    channels = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Effect(models.Model):
    """One admitted request: a stem to take out, or a chain to apply. Its job carries the result."""

    class Kind(models.TextChoices):
        STEM = "stem"
        CHAIN = "chain"

    id = IdField()
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="effects")
    livemode = models.BooleanField()
    clip = models.ForeignKey(Clip, null=True, on_delete=models.SET_NULL, related_name="effects")
    kind = models.CharField(max_length=5, choices=Kind.choices)
    name = models.CharField(max_length=40)
    parameters = models.JSONField()
    job = models.OneToOneField(Job, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"
