"""How long and how large a recording may be: the numbers of a tier."""

from dataclasses import dataclass

from django.conf import settings

from tenants.models import TierVersion


@dataclass(frozen=True, slots=True)
class Limits:
    seconds: int
    bytes: int


def limits_of(tier: TierVersion) -> Limits:
    """The tier's own, and never a file that is larger than any body may be."""
    most = min(tier.recording_bytes_max, settings.UPLOAD_MAX_BYTES)
    return Limits(tier.recording_seconds_max, most)
