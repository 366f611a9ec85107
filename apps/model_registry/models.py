"""What was found out about models."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from foundation.ids import IdField
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
