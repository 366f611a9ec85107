"""The users of a call, metered: committed before it is answered, or written down until they can be.

Redis keeps whom it has seen this month, so that only a user's first call asks Postgres.
"""

import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cache, partial

from django.db import transaction

from foundation.clock import month
from gateway import stores
from gateway.admission.standings import over_cap
from gateway.callers.caller import Caller
from gateway.outages import journal, postgres
from gateway.refusals import ReducedCapacity
from metering import hashes, services
from ratelimit.errors import RedisAway
from ratelimit.rules import Member

SEEN_KEPT = timedelta(days=2)
logger = logging.getLogger(__name__)


def former_hashes(caller: Caller, end_users: Sequence[str], now: datetime) -> hashes.Former:
    """Only asked about users that Redis does not know: all others pay nothing for it."""
    return hashes.former_hashes(
        caller.organisation.pk, end_users, livemode=caller.livemode, now=now
    )


def meter(
    caller: Caller,
    users: Sequence[bytes],
    former: hashes.Former,
    now: datetime,
    *,
    operation: str = "",
    family: str = "",
) -> None:
    """Count the users once in this month, in Postgres or on the disk.

    `now` is the organisation's own clock's. `operation` (its method and address) and `family` tell
    later why a user was counted.

    Raises MauLimitReached, PlanLimitReached, or ReducedCapacity where neither takes them.
    """
    record = partial(
        services.record_active_users,
        organisation=caller.organisation,
        livemode=caller.livemode,
        users=users,
        now=now,
        former=former,
        operation=operation,
        key_id=caller.credential_id,
        family=family,
    )
    try:
        counted = postgres.ask(record)
    except postgres.AWAY:
        _write_down(caller, users, former, now, operation, family)
        _remember(caller, users, now)  # or each later call of theirs would be written again
        return
    if counted.cap is not None:
        raise over_cap(counted.cap, caller.organisation, used=counted.total, now=now)
    transaction.on_commit(lambda: _remember(caller, users, now))


def foresee(caller: Caller, users: Sequence[bytes], former: hashes.Former, now: datetime) -> None:
    """`meter`, but nobody is counted: raises what it would raise for their number."""
    counted = services.foresee_active_users(
        organisation=caller.organisation,
        livemode=caller.livemode,
        users=users,
        now=now,
        former=former,
    )
    if counted.cap is not None:
        raise over_cap(counted.cap, caller.organisation, used=counted.total, now=now)


def _write_down(
    caller: Caller,
    users: Sequence[bytes],
    former: hashes.Former,
    now: datetime,
    operation: str,
    family: str,
) -> None:
    """Nothing that is acknowledged may be lost: it waits on the disk until Postgres is back."""
    try:
        journal.keep(
            journal.Record(
                caller.organisation.pk,
                caller.livemode,
                month(now),
                users,
                now,
                former,
                operation,
                caller.credential_id,
                family,
            )
        )
    except OSError as error:
        logger.exception("the disk takes no users while Postgres is away")
        raise ReducedCapacity from error


def _remember(caller: Caller, users: Sequence[Member], now: datetime) -> None:
    kept_ms = SEEN_KEPT // timedelta(milliseconds=1)
    with suppress(RedisAway):  # The set only saves a look-up: the rows in Postgres are the count.
        stores.store().mark_seen(
            caller.organisation.pk, seen_key(caller, now), users, ttl_ms=kept_ms
        )


def seen_key(caller: Caller, now: datetime) -> str:
    """Under which Redis keeps the month's users of the organisation."""
    return _seen_in(caller.mode, now.year, now.month)


@cache
def _seen_in(mode: str, year: int, month: int) -> str:
    return f"{mode}:mau:{year}{month:02}"
