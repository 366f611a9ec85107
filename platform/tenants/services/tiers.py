"""Versions of a tier, which the operator publishes."""

from datetime import datetime

from django.db import transaction

from tenants.models import Limit, TierVersion


@transaction.atomic
def copy_tier_version(version: TierVersion, *, effective_at: datetime) -> TierVersion:
    """The next version of the tier: the same numbers, from `effective_at` on; to be edited."""
    newest = TierVersion.objects.filter(tier=version.tier_id).order_by("-number").first() or version
    limits = list(version.limits.all())
    copy = TierVersion.objects.get(pk=version.pk)
    copy.pk, copy.number, copy.effective_at = None, newest.number + 1, effective_at
    copy.save(force_insert=True)
    for limit in limits:
        limit.pk, limit.version = None, copy
    Limit.objects.bulk_create(limits)
    return copy
