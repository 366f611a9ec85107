"""Admission: scope, then every limit of the call decided at once in Redis, then the users metered.

The order is fixed: key → organisation and tier → scope → caps → throttles → meter. A call that a
limit refuses spends nothing, one that the cap on users refuses nothing but its request; a call that
is admitted has its first-seen users committed before it is answered.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from redis.exceptions import RedisError

from billing import meters
from foundation.clock import next_month
from gateway.caller import Caller, Kind
from gateway.operations import REQUESTS, Operation
from gateway.refusals import (
    DOCS,
    PlanLimitReached,
    QuotaExceeded,
    ReducedCapacity,
    ScopeMissing,
)
from gateway.stores import store
from ratelimit.headers import fields
from ratelimit.rules import Charge, Concurrency, Decision, Member, Outcome, Policy, Rate, Window
from ratelimit.wire import Seen
from tenants.queries import LimitValue

SEEN_KEPT = timedelta(days=2)


@dataclass(frozen=True)
class Admission:
    """An admitted call: the decisions behind its limit headers."""

    outcome: Outcome

    @property
    def headers(self) -> Mapping[str, str]:
        return fields(self.outcome)


def check_scope(caller: Caller, operation: Operation) -> None:
    if operation.scope not in caller.scopes:
        raise ScopeMissing(
            f"This operation needs the scope {operation.scope}.", needed_scope=operation.scope
        )


def admit(
    caller: Caller, operation: Operation, *, now: datetime, end_users: Sequence[str] = ()
) -> Admission:
    """Admit the call or raise ScopeMissing, QuotaExceeded, PlanLimitReached or ReducedCapacity.

    `end_users` are the developer's own names of the fans this call concerns; each counts once per
    UTC month. They are hashed with a key of the organisation and month before anything is kept.
    """
    check_scope(caller, operation)
    # A view link only watches: it spends nothing of the organisation's, and names no users to bill.
    watching = caller.kind is Kind.VIEW
    named = () if watching else end_users
    users = meters.hash_users(caller.organisation.pk, named, livemode=caller.livemode, now=now)
    seen = Seen(_seen_key(caller, now), tuple(users)) if users else None
    outcome = _decide(caller, [] if watching else charges(caller, operation), seen)
    if not outcome.admitted:
        raise refusal(caller, outcome)
    if outcome.unseen:
        try:
            _meter(caller, outcome.unseen, now)
        except PlanLimitReached:
            _give_back(caller, outcome)
            raise
    return Admission(outcome)


def charges(caller: Caller, operation: Operation, *, lease_id: str = "") -> list[Charge]:
    """The operation's cost as charges against those limits that the organisation stands under.

    `lease_id` names what holds a place under a concurrency limit, such as a session.
    """
    return [
        Charge(policy(caller.limits[name]), f"{caller.mode}:{name}", cost, lease_id)
        for name, cost in operation.cost.items()
        if name in caller.limits
    ]


def policy(limit: LimitValue) -> Policy:
    """The algorithm behind a limit's row."""
    match limit.algorithm:
        case "rate":
            return Rate(limit.name, limit.quantity, limit.per_ms, limit.burst, limit.unit)
        case "window":
            return Window(limit.name, limit.quantity, limit.per_ms, limit.unit)
        case _:
            return Concurrency(limit.name, limit.quantity, limit.per_ms, limit.unit)


def refusal(caller: Caller, outcome: Outcome) -> QuotaExceeded:
    """The 429 that names each refusing policy with all its facts."""
    refusing = [decision for decision in outcome.decisions if not decision.admitted]
    details = [describe(caller, decision) for decision in refusing]
    return QuotaExceeded(details, fields(outcome))


def describe(caller: Caller, decision: Decision) -> dict[str, Any]:
    """A policy's state in the words of `/v1/limits` and of a 429."""
    limit = caller.limits[decision.policy.name]
    return {
        "name": limit.name,
        "algorithm": limit.algorithm,
        "unit": limit.unit,
        "limit": decision.limit,
        "quantity": limit.quantity,
        "window_ms": limit.per_ms,
        "burst": limit.burst,
        "used": decision.used,
        "remaining": decision.remaining,
        "retry_after_ms": decision.retry_after_ms,
        "scope": "organisation",
        "docs": DOCS,
    }


def peek(caller: Caller) -> Outcome:
    """Every limit of the caller and how far each is used, spending nothing."""
    everything = Operation("", dict.fromkeys(caller.limits, 1))
    try:
        return store().peek(caller.organisation.pk, charges(caller, everything, lease_id="?"))
    except RedisError as error:
        raise ReducedCapacity from error


def _decide(caller: Caller, owed: Sequence[Charge], seen: Seen | None) -> Outcome:
    try:
        return store().admit(caller.organisation.pk, owed, seen=seen)
    except RedisError as error:
        raise ReducedCapacity from error


def _seen_key(caller: Caller, now: datetime) -> str:
    return f"{caller.mode}:mau:{now:%Y%m}"


def _meter(caller: Caller, unseen: Sequence[Member], now: datetime) -> None:
    counted = meters.record_active_users(
        organisation=caller.organisation,
        livemode=caller.livemode,
        users=[user for user in unseen if isinstance(user, bytes)],
        cap=caller.tier.mau_to,
        now=now,
    )
    if not counted.within_cap:
        raise PlanLimitReached(
            tier=caller.tier.tier_id,
            limit=caller.tier.mau_to,
            used=counted.total,
            resets_at=next_month(now).isoformat(),
            upgrade=DOCS,
        )
    transaction.on_commit(lambda: _remember(caller, unseen, now))


def _give_back(caller: Caller, outcome: Outcome) -> None:
    """Undo what a call spent that the cap on users refused; the request itself was answered."""
    spent = [each for each in outcome.decisions if each.charge_id and each.name != REQUESTS]
    try:
        for each in spent:
            store().refund(caller.organisation.pk, each.policy, each.key, each.charge_id)
    except RedisError:
        return  # Limits forget by themselves what was spent.


def _remember(caller: Caller, users: Sequence[Member], now: datetime) -> None:
    try:
        store().mark_seen(
            caller.organisation.pk, _seen_key(caller, now), users, ttl_ms=_milliseconds(SEEN_KEPT)
        )
    except RedisError:
        return  # The set only saves a look-up: the rows in Postgres are the count.


def _milliseconds(span: timedelta) -> int:
    return int(span.total_seconds() * 1000)
