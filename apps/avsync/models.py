"""Tracks: sound that a developer owns, and the job that turns it into a timeline."""

from django.db import models

from foundation.ids import IdField
from foundation.models import StoredFile
from jobs.models import Job
from tenants.models import Organisation


class Track(models.Model):
    id = IdField()
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="tracks")
    livemode = models.BooleanField()
    name = models.CharField(max_length=120)
    file = models.ForeignKey(StoredFile, on_delete=models.CASCADE, related_name="+")
    analysis = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="+")
    duration_s = models.FloatField()
    sample_rate = models.PositiveIntegerField()
    channels = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
