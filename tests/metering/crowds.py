"""Organisations with thousands of users, and what became of them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any

from foundation.clock import month
from foundation.events.models import Event
from metering.hashes import hash_users
from metering.models import UsageCount, UsageMonth
from metering.services import Counted, record_active_users
from tenants.models import Organisation, TierChange
from tests.conftest import Tenant

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
OCTOBER, NOVEMBER, DECEMBER = (datetime(2026, at, 1, tzinfo=UTC) for at in (10, 11, 12))
_names = count()


def had(tenant: Tenant, users: int, *, now: datetime = NOW, livemode: bool = True) -> None:
    """So many users of the month are counted already: both counters say so."""
    of: dict[str, Any] = {"organisation": tenant.organisation, "livemode": livemode}
    UsageMonth.objects.update_or_create(**of, month=month(now), defaults={"mau": users})
    UsageCount.objects.filter(**of, meter="mau", late=False, day__gte=month(now)).delete()
    how: dict[str, Any] = {"meter": "mau", "key_id": "", "family": "", "late": False}
    UsageCount.objects.create(**of, **how, day=now.date(), quantity=users)


def see(tenant: Tenant, number: int = 1, *, now: datetime = NOW, livemode: bool = True) -> Counted:
    """So many users more, whom nobody has seen."""
    names = [f"fan-{next(_names)}" for _ in range(number)]
    return record_active_users(
        organisation=tenant.organisation,
        livemode=livemode,
        users=hash_users(tenant.organisation.pk, names, livemode=livemode, now=now),
        now=now,
    )


def tier(tenant: Tenant) -> str:
    return Organisation.objects.values_list("tier_id", flat=True).get(pk=tenant.organisation.pk)


def stop_paying(tenant: Tenant) -> None:
    Organisation.objects.filter(pk=tenant.organisation.pk).update(payment_method=False)


def moves() -> Sequence[tuple[str | None, str, str]]:
    rows = TierChange.objects.order_by("pk")
    return list(rows.values_list("from_tier_id", "to_tier_id", "reason"))


def warned(*, livemode: bool = True) -> list[tuple[int, int, int]]:
    rows = Event.objects.filter(type="usage.threshold_reached", livemode=livemode)
    told = rows.order_by("written").values_list("data", flat=True)
    return [(each["percent"], each["used"], each["limit"]) for each in told]
