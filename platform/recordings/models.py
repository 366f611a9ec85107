"""Uploaded sound: one row for each file, whatever a family makes of it."""

from django.db import models

from foundation.ids import IdField
from foundation.models import StoredFile
from tenants.models import Organisation


class Recording(models.Model):
    """Sound that an organisation uploaded.

    `seconds_max` is what its tier took at the upload: a job decodes under it, so that no later tier
    makes unreadable what was taken.
    """

    id = IdField()
    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="recordings"
    )
    livemode = models.BooleanField()
    name = models.CharField(max_length=120)
    file = models.OneToOneField(StoredFile, on_delete=models.CASCADE, related_name="+")
    duration_s = models.FloatField()
    sample_rate = models.PositiveIntegerField()
    channels = models.PositiveSmallIntegerField()
    seconds_max = models.PositiveIntegerField()
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Recorded(models.Model):
    """What a family makes of one recording, under a public id of its own."""

    id = IdField()
    recording = models.OneToOneField(Recording, on_delete=models.CASCADE, related_name="+")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.recording.name
