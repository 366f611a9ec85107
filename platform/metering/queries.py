"""Reads of what was counted, always from the organisation."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db.models import Sum

from foundation.clock import month
from metering.hashes import Former
from metering.models import ActiveUser, ActiveUserCount, UsageRow
from tenants.models import Organisation


def active_users(organisation: Organisation, *, livemode: bool, now: datetime) -> int:
    """Monthly active users of the UTC month that holds `now`."""
    counter = ActiveUserCount.objects.filter(
        organisation=organisation, livemode=livemode, month=month(now)
    ).first()
    return counter.total if counter else 0


def uncounted(
    organisation: Organisation,
    *,
    livemode: bool,
    users: Sequence[bytes],
    now: datetime,
    former: Former | None = None,
) -> int:
    """How many of these distinct users the UTC month that holds `now` does not count yet."""
    if former:
        users = without_former(organisation.pk, livemode, month(now), users, former)
    counted = ActiveUser.objects.filter(
        organisation=organisation, livemode=livemode, month=month(now), user_hash__in=users
    )
    return len(users) - counted.count()


def without_former(
    organisation_id: str, livemode: bool, period: date, users: Sequence[bytes], former: Former
) -> list[bytes]:
    """The users who have no row under a former hash."""
    asked = [each for user in users for each in former.get(user, ())]
    rows = ActiveUser.objects.filter(
        organisation_id=organisation_id, livemode=livemode, month=period, user_hash__in=asked
    )
    counted = {bytes(row) for row in rows.values_list("user_hash", flat=True)}
    return [user for user in users if counted.isdisjoint(former.get(user, ()))]


def usage(
    organisation: Organisation, *, livemode: bool, start: datetime, end: datetime
) -> dict[str, int]:
    """Units per meter of what was recorded in [start, end); a meter without any is not there."""
    rows = UsageRow.objects.filter(
        organisation=organisation,
        livemode=livemode,
        occurred_at__gte=start,
        occurred_at__lt=end,
    ).values_list("meter")
    return dict(rows.annotate(Sum("quantity")))
