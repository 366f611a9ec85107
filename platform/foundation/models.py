"""Rows every package may use. They name an organisation by id only: tenants stand a floor above."""

from django.db import models

from foundation.events.models import Event
from foundation.ids import IdField
from foundation.mail.models import Letter

__all__ = [
    "EndedBytes",
    "Event",
    "IdempotencyRecord",
    "Letter",
    "StoredFile",
    "Upload",
    "UploadPart",
]


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
    """A file an organisation uploaded or a job made; its bytes lie in the store at `path`.

    Rows of one organisation with the same digest share them, but for those of the first release.
    """

    id = IdField()
    organisation_id = models.CharField(max_length=40, db_collation="C", db_index=True)
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    size_bytes = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    path = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        indexes = [models.Index(fields=["path"], name="file_path")]

    def __str__(self) -> str:
        return self.name


class EndedBytes(models.Model):
    """Bytes to be removed from the store, once no row names them: the last one's end is noted."""

    path = models.CharField(max_length=200)
    due_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name_plural = "ended bytes"

    def __str__(self) -> str:
        return self.path


class Upload(models.Model):
    """A file that comes in parts (tus 1.0.0): of `size_bytes`, `offset_bytes` are here for good.

    Once it is whole, `file` is what became of it, if that has not ended meanwhile.
    """

    id = IdField()
    organisation_id = models.CharField(max_length=40, db_collation="C", db_index=True)
    livemode = models.BooleanField()
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    purpose = models.CharField(max_length=10)
    size_bytes = models.BigIntegerField()
    offset_bytes = models.BigIntegerField(default=0)
    file = models.ForeignKey(StoredFile, null=True, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.name


class UploadPart(models.Model):
    """What one PATCH brought: bytes of an upload from `start` on, which lie in the store."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="parts")
    start = models.BigIntegerField()
    path = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["upload", "start"], name="part_once")]

    def __str__(self) -> str:
        return self.path
