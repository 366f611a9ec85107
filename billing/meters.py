"""The MAU meter: who was first seen this month, counted exactly, under the tier's cap."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db import connection, transaction

from billing.models import ActiveUserCount
from foundation.clock import month
from tenants.models import Organisation

HASH_BYTES = 16


@dataclass(frozen=True)
class Counted:
    """The month's total after the call; when the cap was met, nothing was counted."""

    total: int
    new: int
    within_cap: bool


def hash_users(
    organisation_id: str, users: Iterable[str], *, livemode: bool, now: datetime
) -> list[bytes]:
    """128-bit BLAKE2b of each distinct user, keyed per organisation, mode and month.

    The key differs each month, so that two months' rows cannot be joined on a person.
    """
    key = hashlib.blake2b(
        f"{organisation_id}|{livemode}|{month(now)}".encode(),
        key=settings.KEY_PEPPER.encode()[:64],
    ).digest()
    return [
        hashlib.blake2b(user.encode(), digest_size=HASH_BYTES, key=key).digest()
        for user in dict.fromkeys(users)
    ]


@transaction.atomic
def record_active_users(
    *,
    organisation: Organisation,
    livemode: bool,
    users: Sequence[bytes],
    cap: int | None,
    now: datetime,
) -> Counted:
    """Insert the unseen and move the counter, all or nothing under `cap` (None: no cap).

    The counter's row is locked first, so concurrent calls of one organisation count one by one and
    the cap holds exactly; users already counted never meet it.
    """
    period = month(now)
    before = _lock_counter(organisation, livemode, period)
    new = _insert(organisation, livemode, period, users, now)
    if cap is not None and before + new > cap:
        transaction.set_rollback(True)
        return Counted(before, 0, within_cap=False)
    ActiveUserCount.objects.filter(
        organisation=organisation, livemode=livemode, month=period
    ).update(total=before + new)
    return Counted(before + new, new, within_cap=True)


def active_users(organisation: Organisation, *, livemode: bool, now: datetime) -> int:
    """Monthly active users of the UTC month that holds `now`."""
    counter = ActiveUserCount.objects.filter(
        organisation=organisation, livemode=livemode, month=month(now)
    ).first()
    return counter.total if counter else 0


def _lock_counter(organisation: Organisation, livemode: bool, period: date) -> int:
    ActiveUserCount.objects.bulk_create(
        [ActiveUserCount(organisation=organisation, livemode=livemode, month=period, total=0)],
        ignore_conflicts=True,
    )
    counter = ActiveUserCount.objects.select_for_update().get(
        organisation=organisation, livemode=livemode, month=period
    )
    return counter.total


def _insert(
    organisation: Organisation,
    livemode: bool,
    period: date,
    users: Sequence[bytes],
    now: datetime,
) -> int:
    # Django's bulk_create hides how many rows a conflict left out; the count is the whole point.
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO billing_activeuser
                (organisation_id, livemode, month, user_hash, first_seen_at)
            SELECT %s, %s, %s, unnest(%s::bytea[]), %s
            ON CONFLICT DO NOTHING
            """,
            [organisation.pk, livemode, period, list(users), now],
        )
        return int(cursor.rowcount)
