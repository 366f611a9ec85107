"""API keys: the credentials of programs and kiosks."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from foundation.ids import IdField
from tenants.epochs import TellingManager
from tenants.models.organisations import Organisation
from tenants.rules import KeyDates


class ApiKey(models.Model):
    """A credential of a program, or of one kiosk when `kiosk_id` is set. The secret is not here."""

    id = IdField()
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="keys")
    name = models.CharField(max_length=80)
    livemode = models.BooleanField()
    scopes = ArrayField(models.CharField(max_length=40))
    fingerprint = models.CharField(max_length=64, unique=True)
    preview = models.CharField(max_length=20)
    kiosk_id = models.CharField(max_length=40, blank=True, db_collation="C")
    networks = ArrayField(
        models.CharField(max_length=43),  # the longest IPv6 network
        blank=True,
        default=list,
        db_default=[],
        help_text="Where it may be used, in CIDR; empty: anywhere",
    )
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    leaked_at = models.DateTimeField(
        null=True, blank=True, help_text="When a secret scanner last found it in public"
    )
    leaked_url = models.TextField(
        blank=True, default="", db_default="", help_text="Where it was found"
    )
    replaced_by = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="replaces"
    )

    objects = TellingManager()

    class Meta:
        base_manager_name = "objects"
        verbose_name = "API key"

    def __str__(self) -> str:
        return f"{self.name} ({self.preview})"

    @property
    def dates(self) -> KeyDates:
        return KeyDates(self.expires_at, self.revoked_at)
