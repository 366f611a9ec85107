"""The MAU meter: who was first seen this month, counted exactly, under the tier's cap."""

import functools
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db import connection, transaction

from billing.end_users import Respelt
from billing.models import ActiveUser, ActiveUserCount
from foundation.clock import month
from tenants.models import Organisation

HASH_BYTES = 16
Former = Mapping[bytes, Sequence[bytes]]  # under which hashes a user may have been counted before


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
    keyed = _keyed(settings.KEY_PEPPER, organisation_id, livemode, month(now))
    hashes = []
    for user in dict.fromkeys(users):
        digest = keyed.copy()
        digest.update(user.encode())
        hashes.append(digest.digest())
    return hashes


def former_hashes(
    organisation_id: str, users: Iterable[str], *, livemode: bool, now: datetime
) -> Former:
    """For each user who was told in another spelling, the hashes of the former ones."""
    found: dict[bytes, list[bytes]] = {}
    for user in users:
        if isinstance(user, Respelt):
            own, *former = hash_users(
                organisation_id, [user, *user.former], livemode=livemode, now=now
            )
            found.setdefault(own, []).extend(former)
    return found


@functools.lru_cache(maxsize=10_000)
def _keyed(pepper: str, organisation_id: str, livemode: bool, period: date) -> "hashlib.blake2b":
    """Ready to be copied: each call of an organisation would key it anew, for twice the time."""
    key = hashlib.blake2b(
        f"{organisation_id}|{livemode}|{period}".encode(), key=pepper.encode()[:64]
    )
    return hashlib.blake2b(digest_size=HASH_BYTES, key=key.digest())


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
        users = _without_former(organisation.pk, livemode, period, users, former)
    new = _insert(organisation.pk, livemode, period, [(user, now) for user in users])
    if cap is not None and new and before + new > cap:
        transaction.set_rollback(True)
        return Counted(before, 0, within_cap=False)
    _move_counter(organisation.pk, livemode, period, before + new)
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
        left = {*_without_former(organisation_id, livemode, period, names, former)}
        users = [(user, seen_at) for user, seen_at in users if user in left]
    new = _insert(organisation_id, livemode, period, users)
    _move_counter(organisation_id, livemode, period, before + new)
    return new


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
        users = _without_former(organisation.pk, livemode, month(now), users, former)
    counted = ActiveUser.objects.filter(
        organisation=organisation, livemode=livemode, month=month(now), user_hash__in=users
    )
    return len(users) - counted.count()


def _without_former(
    organisation_id: str, livemode: bool, period: date, users: Sequence[bytes], former: Former
) -> list[bytes]:
    """The users without a row under a former hash."""
    asked = [each for user in users for each in former.get(user, ())]
    rows = ActiveUser.objects.filter(
        organisation_id=organisation_id, livemode=livemode, month=period, user_hash__in=asked
    )
    counted = {bytes(row) for row in rows.values_list("user_hash", flat=True)}
    return [user for user in users if counted.isdisjoint(former.get(user, ()))]


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
