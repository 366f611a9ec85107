"""Admission: scope, then every limit of the call decided at once in Redis, then the users metered.

The order is fixed: key → organisation and tier → scope → throttles → meter. A call that a limit
refuses spends nothing, one that the cap on users refuses nothing but its request; a call that
is admitted has its first-seen users committed before it is answered.

The rules stand once, in `steps`, and know no I/O: they ask for a decision or for a piece of work
(`asks`), and are driven by `admit` (REST, in threads), by `admit_async` (sockets and the hot front)
or by `dry_run.decide`, which looks and does nothing.
"""

from collections.abc import Generator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from channels.db import database_sync_to_async

from gateway import stores
from gateway.admission import charging, metering, refunds
from gateway.admission.asks import Ask, Decide, Meter, Note, ReadAgain, Refund, Settle
from gateway.admission.standings import refusal
from gateway.callers.caller import Caller, Kind
from gateway.models import RefusalCount
from gateway.operations import Operation
from gateway.outages import degraded
from gateway.refusals import PlanLimitReached, ReducedCapacity
from metering import hashes
from ratelimit.errors import RedisAway, StaleEpoch
from ratelimit.headers import fields
from ratelimit.protocol.wire import Answer, Epoch, Plan, Seen
from ratelimit.rules import Outcome
from tenants.limits import Strictness
from tenants.refusals import ScopeMissing
from tenants.scopes import family

# Each reading anew is answered by a newer state; whoever changes faster than this is told to wait.
MOST_READINGS = 5


Steps = Generator[Ask, Any, "Admission"]


class Admission(NamedTuple):
    """An admitted call: its caller as read last, and the decisions behind its limit headers."""

    caller: Caller
    decided: Answer | Outcome | None
    degraded: bool = False

    @property
    def headers(self) -> Mapping[str, str]:
        """RateLimit-Policy and RateLimit; Tifo-Degraded where Redis was not asked."""
        decided = self.decided
        if decided is None:
            return {}
        if isinstance(decided, Answer):
            return decided.fields()
        found = fields(decided)
        return {**found, degraded.HEADER: "?1"} if self.degraded else found

    @property
    def outcome(self) -> Outcome:
        """Every decision in full; none for a view link."""
        if self.decided is None:
            return Outcome(True, (), 0)
        return self.decided if isinstance(self.decided, Outcome) else self.decided.outcome

    @property
    def receipts(self) -> list[dict[str, Any]]:
        """What a job carries, so that the call is not charged for what the platform fails to do."""
        return refunds.receipts(self.outcome)


def check_scope(caller: Caller, operation: Operation) -> None:
    """Raise ScopeMissing unless the caller holds the operation's scope."""
    if operation.scope not in caller.scopes:
        raise ScopeMissing(
            f"This operation needs the scope {operation.scope}.", needed_scope=operation.scope
        )


def admit(
    caller: Caller,
    operation: Operation,
    *,
    now: datetime,
    end_users: Sequence[str] = (),
    route: str = "",
) -> Admission:
    """Admit the call or raise ScopeMissing, QuotaExceeded, MauLimitReached, PlanLimitReached or
    ReducedCapacity.

    `end_users` are the developer's own names of the fans this call concerns; each counts once per
    UTC month. They are hashed with a key of the organisation and month before anything is kept.
    `route` is the operation's method and address, for limits that are counted per route. A caller
    that was kept is read anew when its organisation has changed since: RevokedKey, ExpiredKey and
    OrganisationSuspended may come too.
    """
    going = steps(caller, operation, now=now, end_users=end_users, route=route)
    try:
        ask = next(going)
        while True:
            try:
                answer = _decide(ask) if isinstance(ask, Decide) else ask.act()
            except Exception as error:  # noqa: BLE001  (the rules say what follows from it)
                ask = going.throw(error)
            else:
                ask = going.send(answer)
    except StopIteration as end:
        admission: Admission = end.value
        return admission


async def admit_async(
    caller: Caller,
    operation: Operation,
    *,
    now: datetime,
    end_users: Sequence[str] = (),
    route: str = "",
) -> Admission:
    """`admit` for an event loop: blocking work runs in a thread, one tick's decisions together."""
    going = steps(caller, operation, now=now, end_users=end_users, route=route)
    store = stores.async_store()
    try:
        ask = next(going)
        while True:
            try:
                if isinstance(ask, Decide):
                    answer: Any = await store.decide(ask.plan, seen=ask.seen, epoch=ask.epoch)
                elif isinstance(ask, Note):
                    answer = ask.act()
                else:
                    # Not in the one thread that Django shares: one slow query must not hold all.
                    answer = await database_sync_to_async(ask.act, thread_sensitive=False)()
            except Exception as error:  # noqa: BLE001  (the rules say what follows from it)
                ask = going.throw(error)
            else:
                ask = going.send(answer)
    except StopIteration as end:
        admission: Admission = end.value
        return admission


def steps(
    caller: Caller,
    operation: Operation,
    *,
    now: datetime,
    end_users: Sequence[str] = (),
    route: str = "",
) -> Steps:
    """The rules of admission, as asks and answers."""
    check_scope(caller, operation)
    if caller.kind is Kind.VIEW:
        # A link only watches: it spends nothing of the organisation's, and names no users to bill.
        return Admission(caller, None)
    epoch = Epoch(caller.epoch)
    for _ in range(MOST_READINGS):
        moment = caller.organisation.moment(now)  # whose month its users are counted in
        users = _hashed(caller, end_users, moment)
        seen = Seen(metering.seen_key(caller, moment), tuple(users)) if users else None
        end_user = users[0].hex() if len(users) == 1 else ""
        plans = charging.plans(caller, operation, route=route, end_user=end_user)
        try:
            answer: Answer = yield Decide(caller, plans.enforced, seen, epoch)
            break
        except StaleEpoch:
            caller = yield ReadAgain(caller, now)
            check_scope(caller, operation)
            epoch = Epoch(caller.epoch, fresh=True)
        except RedisAway:
            former = metering.former_hashes(caller, end_users, moment)
            return (
                yield from _without_redis(caller, operation, users, former, now, route, end_user)
            )
    else:
        raise ReducedCapacity
    if degraded.owes():
        yield Settle()
    if not answer.admitted:
        for name in answer.outcome.violated:
            yield Note(RefusalCount.Kind.REFUSED, caller, name, now, route, end_user)
        raise refusal(caller, answer.outcome)
    if answer.unseen:
        former = metering.former_hashes(caller, end_users, moment)
        yield from _count(caller, operation, answer, former, moment, route)
    for shadow in plans.shadows:
        yield from _try_out(caller, shadow, now, route, end_user)
    return Admission(caller, answer)


def _hashed(caller: Caller, end_users: Sequence[str], moment: datetime) -> list[bytes]:
    if not end_users:
        return []
    return hashes.hash_users(
        caller.organisation.id, end_users, livemode=caller.livemode, now=moment
    )


def _decide(ask: Decide) -> Answer:
    exact = ask.caller.organisation.strictness == Strictness.STRICT
    store = stores.store() if exact else stores.decider()
    return store.decide(ask.plan, seen=ask.seen, epoch=ask.epoch)


def _without_redis(
    caller: Caller,
    operation: Operation,
    users: Sequence[bytes],
    former: hashes.Former,
    now: datetime,
    route: str,
    end_user: str,
) -> Steps:
    """This process's published part of each limit; users go straight to the truth in Postgres."""
    owed = charging.charges(caller, operation.cost, route=route, end_user=end_user)
    for name in [charge.policy.name for charge in owed] or [""]:
        yield Note(RefusalCount.Kind.DEGRADED, caller, name, now, route, end_user)
    strictness = Strictness(caller.organisation.strictness)
    owed += charging.memories(caller, operation.cost)
    outcome = degraded.decide(caller.organisation.pk, owed, strictness)
    moment = caller.organisation.moment(now)
    seen_key = metering.seen_key(caller, moment)
    unseen = degraded.unseen(seen_key, users)
    if unseen:
        yield Meter(caller, unseen, former, moment, route, family(operation.scope))
        degraded.remember(seen_key, unseen)
    return Admission(caller, outcome, degraded=True)


def _count(
    caller: Caller,
    operation: Operation,
    answer: Answer,
    former: hashes.Former,
    moment: datetime,
    route: str,
) -> Generator[Ask, Any, None]:
    users = [user for user in answer.unseen if isinstance(user, bytes)]
    try:
        yield Meter(caller, users, former, moment, route, family(operation.scope))
    except (PlanLimitReached, ReducedCapacity):
        yield Refund(caller, answer.outcome)
        raise


def _try_out(
    caller: Caller, plan: Plan, now: datetime, route: str, end_user: str
) -> Generator[Ask, Any, None]:
    """Decide a limit that refuses nobody yet, and count what it would have refused."""
    try:
        answer: Answer = yield Decide(caller, plan, None, None)
    except RedisAway:
        return
    if not answer.admitted:
        for name in answer.outcome.violated:
            yield Note(RefusalCount.Kind.SHADOW, caller, name, now, route, end_user)
