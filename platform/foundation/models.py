"""Rows every package may use. They name an organisation by id only: tenants stand a floor above."""

from django.db import models

from foundation.events.models import Event
from foundation.ids import IdField
from foundation.mail.models import Letter

__all__ = ["Event", "IdempotencyRecord", "Letter", "StoredFile"]


class IdempotencyRecord(models.Model):
    """The first answer to a POST with an Idempotency-Key, kept 24 h and replayed word for word."""

    organisation_id = models.CharField(max_length=40, db_collation="C")
    route = models.CharField(max_length=200)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.BinaryField()
    content_type = models.CharField(max_length=100)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "route", "key"], name="idempotency_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.route} {self.key}"


class StoredFile(models.Model):
    """A file an organisation uploaded or a job made; the bytes lie under MEDIA_ROOT at `path`."""

    id = IdField()
    organisation_id = models.CharField(max_length=40, db_collation="C", db_index=True)
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    size_bytes = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    path = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, db_index=True)

    def __str__(self) -> str:
        return self.name
