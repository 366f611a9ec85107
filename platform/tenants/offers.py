"""The published tiers side by side, and which of them has more of a limit."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from django.db.models import Min

from foundation.errors import NotFound
from tenants import queries
from tenants.limits import Algorithm
from tenants.models import Tier, TierVersion
from tenants.queries import LimitValue


@dataclass(frozen=True)
class Offer:
    """A tier as it is in force, with the limits that it enforces by name."""

    tier: Tier
    version: TierVersion
    limits: Mapping[str, LimitValue]


def offers(now: datetime) -> list[Offer]:
    """Every tier that has a version in force at `now`, in the operator's order."""
    found = []
    for tier in Tier.objects.all():
        try:
            version = queries.tier_version(tier.pk, now)
        except NotFound:
            continue
        limits = queries.tier_limits(version)
        enforced = {name: limit for name, limit in limits.items() if not limit.shadow}
        found.append(Offer(tier, version, enforced))
    return found


def next_change_at(version: TierVersion, now: datetime) -> datetime | None:
    """When the tier's next version takes force, if one is announced."""
    coming = TierVersion.objects.filter(tier=version.tier_id, effective_at__gt=now)
    first: datetime | None = coming.aggregate(first=Min("effective_at"))["first"]
    return first


def next_with_more(limit: LimitValue, offers: Iterable[Offer], *, above: int) -> Offer | None:
    """The first tier beyond the position `above` that allows more; None: only a contract does."""
    for offer in offers:
        if offer.tier.position > above and allows_more(offer.limits.get(limit.name), limit):
            return offer
    return None


def allows_more(other: LimitValue | None, limit: LimitValue) -> bool:
    """Whether `other` allows more in some respect and less in none; None is no limit at all.

    Compared are the units at once and the units over time. Limits that count differently cannot be
    compared, and the answer is no.
    """
    if other is None:
        return True
    if _counted(other) != _counted(limit):
        return False
    (at_once, over_time), (at_once_now, over_time_now) = _capacity(other), _capacity(limit)
    no_less = at_once >= at_once_now and over_time >= over_time_now
    return no_less and (at_once, over_time) != (at_once_now, over_time_now)


def _counted(limit: LimitValue) -> tuple[bool, str, str, tuple[str, ...]]:
    return limit.algorithm == Algorithm.CONCURRENCY, limit.counts, limit.scope, limit.routes


def _capacity(limit: LimitValue) -> tuple[int, Fraction]:
    if limit.algorithm == Algorithm.CONCURRENCY:
        return limit.quantity, Fraction(limit.quantity)
    at_once = limit.burst if limit.algorithm == Algorithm.RATE else limit.quantity
    return at_once, Fraction(limit.quantity, limit.per_ms)
