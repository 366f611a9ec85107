"""Reads about organisations, their keys and the tier in force."""

import functools
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from foundation.errors import NotFound
from tenants.models import ApiKey, ContractLimit, Limit, LimitFields, Organisation, TierVersion


@dataclass(frozen=True)
class LimitValue:
    """A limit as plain values: what `ratelimit` and the documents are built from."""

    name: str
    algorithm: str
    unit: str
    quantity: int
    per_ms: int
    burst: int


def tier_version(tier_slug: str, now: datetime) -> TierVersion:
    """The version of the tier in force at `now`; raises NotFound for a tier without one."""
    version = (
        TierVersion.objects.filter(tier_id=tier_slug, effective_at__lte=now)
        .order_by("-effective_at", "-number")
        .first()
    )
    if version is None:
        raise NotFound(f"Tier {tier_slug} has no version in force.")
    return version


def limits(organisation: Organisation, version: TierVersion) -> dict[str, LimitValue]:
    """Every limit of the organisation by name: the tier's, then its contract's."""
    contract = _by_name(ContractLimit.objects.filter(organisation=organisation))
    return tier_limits(version) | contract


def tier_limits(version: TierVersion) -> dict[str, LimitValue]:
    """The tier's published limits by name."""
    return _tier_limits(version.pk)


@functools.lru_cache(maxsize=256)
def _tier_limits(version_pk: int) -> dict[str, LimitValue]:
    # A published version never changes, so its limits may be kept for the life of the process.
    return _by_name(Limit.objects.filter(version_id=version_pk))


def _by_name(rows: QuerySet[Limit] | QuerySet[ContractLimit]) -> dict[str, LimitValue]:
    return {row.name: _value(row) for row in rows}


def _value(row: LimitFields) -> LimitValue:
    return LimitValue(row.name, row.algorithm, row.unit, row.quantity, row.per_ms, row.burst)


def key_by_fingerprint(fingerprint: str) -> ApiKey | None:
    return (
        ApiKey.objects.select_related("organisation", "organisation__tier")
        .filter(fingerprint=fingerprint)
        .first()
    )


def keys(organisation: Organisation, *, livemode: bool | None = None) -> QuerySet[ApiKey]:
    """The organisation's keys for programs; kiosk credentials are listed with their kiosks."""
    rows = organisation.keys.filter(kiosk_id="")
    return rows if livemode is None else rows.filter(livemode=livemode)


def key(organisation: Organisation, key_id: str) -> ApiKey:
    """The organisation's key, or NotFound: a foreign id and an absent id look the same."""
    found = keys(organisation).filter(pk=key_id).first()
    if found is None:
        raise NotFound(f"No API key {key_id}.")
    return found
