"""What is counted: the month's active users under the tier's cap, and units of metered work."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction

from foundation.clock import month
from metering.hashes import Former
from metering.models import ActiveUserCount, UsageRow
from metering.queries import active_users, uncounted, without_former
from tenants.models import Organisation


@dataclass(frozen=True)
class Counted:
    """The month's total after the call; when the cap was met, nothing was counted."""

    total: int
    new: int
    within_cap: bool


@transaction.atomic
def record_active_users(
    *,
    organisation: Organisation,
    livemode: bool,
    users: Sequence[bytes],
    cap: int | None,
    now: datetime,
    former: Former | None = None,
) -> Counted:
    """Insert the unseen and move the counter, all or nothing under `cap` (None: no cap).

    Whoever has a row under a `former` hash is counted already.

    The counter's row is locked first, so concurrent calls of one organisation count one by one and
    the cap holds exactly; users already counted never meet it.
    """
    period = month(now)
    before = _lock_counter(organisation.pk, livemode, period)
    if former:
        users = without_former(organisation.pk, livemode, period, users, former)
    new = _insert(organisation.pk, livemode, period, [(user, now) for user in users])
    counted = _under_cap(before, new, cap)
    if counted.within_cap:
        _move_counter(organisation.pk, livemode, period, counted.total)
    else:
        transaction.set_rollback(True)
    return counted


def foresee_active_users(
    *,
    organisation: Organisation,
    livemode: bool,
    users: Sequence[bytes],
    cap: int | None,
    now: datetime,
    former: Former | None = None,
) -> Counted:
    """What `record_active_users` would answer now; nobody is counted."""
    before = active_users(organisation, livemode=livemode, now=now)
    new = uncounted(organisation, livemode=livemode, users=users, now=now, former=former)
    return _under_cap(before, new, cap)


def _under_cap(before: int, new: int, cap: int | None) -> Counted:
    """All new users or none; who is counted already meets no cap."""
    if cap is not None and new and before + new > cap:
        return Counted(before, 0, within_cap=False)
    return Counted(before + new, new, within_cap=True)


@transaction.atomic(durable=True)
def record_admitted_users(
    *,
    organisation_id: str,
    livemode: bool,
    period: date,
    users: Sequence[tuple[bytes, datetime]],
    former: Former | None = None,
) -> int:
    """Count users whose calls were answered while this database was away; returns how many are new.

    Each comes with the time of its call, in the month `period`. There is no cap, for they were
    admitted; to record them again changes nothing. An organisation that is gone counts none, and
    whoever has a row under a `former` hash is counted already.
    """
    if not Organisation.objects.filter(pk=organisation_id).exists():
        return 0
    before = _lock_counter(organisation_id, livemode, period)
    if former:
        names = [user for user, _ in users]
        left = {*without_former(organisation_id, livemode, period, names, former)}
        users = [(user, seen_at) for user, seen_at in users if user in left]
    new = _insert(organisation_id, livemode, period, users)
    _move_counter(organisation_id, livemode, period, before + new)
    return new


def _lock_counter(organisation_id: str, livemode: bool, period: date) -> int:
    name = {"organisation_id": organisation_id, "livemode": livemode, "month": period}
    ActiveUserCount.objects.bulk_create([ActiveUserCount(**name, total=0)], ignore_conflicts=True)
    return ActiveUserCount.objects.select_for_update().get(**name).total


def _move_counter(organisation_id: str, livemode: bool, period: date, total: int) -> None:
    ActiveUserCount.objects.filter(
        organisation_id=organisation_id, livemode=livemode, month=period
    ).update(total=total)


def _insert(
    organisation_id: str,
    livemode: bool,
    period: date,
    users: Sequence[tuple[bytes, datetime]],
) -> int:
    # Django's bulk_create hides how many rows a conflict left out; the count is the whole point.
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO billing_activeuser
                (organisation_id, livemode, month, user_hash, first_seen_at)
            SELECT %s, %s, %s, seen.* FROM unnest(%s::bytea[], %s::timestamptz[]) AS seen
            ON CONFLICT DO NOTHING
            """,
            [
                organisation_id,
                livemode,
                period,
                [user for user, _ in users],
                [seen_at for _, seen_at in users],
            ],
        )
        return int(cursor.rowcount)


def record_usage(
    *,
    organisation_id: str,
    livemode: bool,
    meter: str,
    quantity: int,
    source: str,
    now: datetime,
) -> None:
    """Count `quantity` units of the meter for `source`, in the transaction that did the work.

    `source` is the id of what was done, such as a job's: it counts once under a meter, however
    often it is recorded, and the first time stands.
    """
    row = UsageRow(
        organisation_id=organisation_id,
        livemode=livemode,
        meter=meter,
        quantity=quantity,
        source=source,
        occurred_at=now,
    )
    UsageRow.objects.bulk_create([row], ignore_conflicts=True)
