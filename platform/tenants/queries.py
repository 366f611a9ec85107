"""Reads about organisations, their keys and the tier in force."""

import dataclasses
import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject

from foundation.errors import NotFound
from tenants.models import ApiKey, ContractLimit, Limit, Organisation, TierVersion


@dataclass(frozen=True)
class LimitValue:
    """A limit as plain values: what `ratelimit` and the documents are built from.

    `counts` names the cost it counts; `routes` are the operations that it is for, all when empty.
    """

    name: str
    algorithm: str
    unit: str
    quantity: int
    per_ms: int
    burst: int
    counts: str
    scope: str = "organisation"
    routes: tuple[str, ...] = ()
    shadow: bool = False


_FIELDS: Final = [field.name for field in dataclasses.fields(LimitValue)]


@dataclass(frozen=True, slots=True)
class Credential:
    """A key with all that decides what it may do, as of one state of its organisation.

    `next_version_at` is when the tier's next version takes force, if one is prepared. Nobody asked
    yet whether the key is active or the organisation suspended.
    """

    key: ApiKey
    organisation: Organisation
    tier: TierVersion
    limits: dict[str, LimitValue]
    epoch: int
    next_version_at: datetime | None


def credential(fingerprint: str, now: datetime) -> Credential | None:
    """What belongs to this secret's fingerprint at `now`, in two statements."""
    return _credential(ApiKey.objects.filter(fingerprint=fingerprint), now)


def credential_of(key_id: str, now: datetime) -> Credential | None:
    """What belongs to the key of this id at `now`, in two statements."""
    return _credential(ApiKey.objects.filter(pk=key_id), now)


def _credential(found: QuerySet[ApiKey], now: datetime) -> Credential | None:
    agreed = ContractLimit.objects.filter(organisation=OuterRef("organisation")).order_by("pk")
    coming = TierVersion.objects.filter(
        tier=OuterRef("organisation__tier"), effective_at__gt=now
    ).order_by("effective_at")
    # The epoch and what it vouches for come out of one statement, so nothing can slip in between.
    key = (
        found.select_related("organisation")
        .annotate(
            contract=ArraySubquery(agreed.values(limit=JSONObject(**{f: f for f in _FIELDS}))),
            next_version_at=Subquery(coming.values("effective_at")[:1]),
        )
        .first()
    )
    if key is None:
        return None
    organisation = key.organisation
    tier = tier_version(organisation.tier_id, now)
    every_limit = tier_limits(tier) | _by_name(key.contract)
    return Credential(key, organisation, tier, every_limit, organisation.epoch, key.next_version_at)


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
    agreed = ContractLimit.objects.filter(organisation=organisation).order_by("pk")
    return tier_limits(version) | _by_name(agreed.values(*_FIELDS))


def tier_limits(version: TierVersion) -> dict[str, LimitValue]:
    """The tier's published limits by name."""
    return _tier_limits(version.pk)


@functools.lru_cache(maxsize=256)
def _tier_limits(version_pk: int) -> dict[str, LimitValue]:
    # A published version never changes, so its limits may be kept for the life of the process.
    rows = Limit.objects.filter(version_id=version_pk).order_by("pk")
    return _by_name(rows.values(*_FIELDS))


def _by_name(rows: Iterable[Mapping[str, Any]]) -> dict[str, LimitValue]:
    return {row["name"]: _value(**row) for row in rows}


def _value(*, name: str, counts: str, routes: list[str], **numbers: Any) -> LimitValue:
    return LimitValue(name, counts=counts or name, routes=tuple(routes), **numbers)


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
