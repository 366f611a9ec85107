"""Clips, and the effects that were asked of them."""

from django.db import models

from foundation.ids import IdField
from jobs.models import Job
from recordings.models import Recorded
from tenants.models import Organisation


class Clip(Recorded):
    """Sound that effects and stems are made from."""


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
