"""Who was active in a month, and why one user counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from foundation.clock import month
from metering.hashes import Former
from metering.models import ActiveUser, UsageMonth
from tenants.models import Organisation


@dataclass(frozen=True)
class WhyCounted:
    """The earliest event of a user that is known; what is empty was not kept at the time.

    A `late` one came when the month was closed, and is no part of its statement.
    """

    first_seen_at: datetime
    operation: str
    key_id: str
    family: str
    late: bool


def active_users(organisation: Organisation, *, livemode: bool, now: datetime) -> int:
    """Monthly active users of the UTC month that holds `now`, without late ones."""
    found = UsageMonth.objects.filter(
        organisation=organisation, livemode=livemode, month=month(now)
    ).values_list("mau", flat=True)
    return found.first() or 0


def why_counted(
    organisation: Organisation, *, livemode: bool, user: bytes, period: date
) -> WhyCounted | None:
    """How this user came to be counted in the month `period`; None for one who is not."""
    row = (
        ActiveUser.objects.filter(
            usage_month__organisation=organisation,
            usage_month__livemode=livemode,
            usage_month__month=period,
            user_hash=UUID(bytes=user),
        )
        .select_related("origin")
        .first()
    )
    if row is None:
        return None
    how = row.origin
    return WhyCounted(row.first_seen_at, how.operation, how.key_id, how.family, how.late)


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
    return len(users) - len(_known(organisation.pk, livemode, month(now), users))


def without_former(
    organisation_id: str, livemode: bool, period: date, users: Sequence[bytes], former: Former
) -> list[bytes]:
    """The users who have no row under a former hash."""
    asked = [each for user in users for each in former.get(user, ())]
    counted = _known(organisation_id, livemode, period, asked)
    return [user for user in users if counted.isdisjoint(former.get(user, ()))]


def _known(
    organisation_id: str, livemode: bool, period: date, users: Sequence[bytes]
) -> set[bytes]:
    rows = ActiveUser.objects.filter(
        usage_month__organisation=organisation_id,
        usage_month__livemode=livemode,
        usage_month__month=period,
        user_hash__in=[UUID(bytes=user) for user in users],
    )
    return {found.bytes for found in rows.values_list("user_hash", flat=True)}
