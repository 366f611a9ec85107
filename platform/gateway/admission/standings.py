"""A limit in words that a developer can act upon: what refuses, how far used, until when."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from foundation.clock import next_month
from gateway import stores
from gateway.admission import charging
from gateway.callers.caller import Caller
from gateway.refusals import DOCS, MauLimitReached, PlanLimitReached, QuotaExceeded
from ratelimit.errors import RedisAway
from ratelimit.headers import fields
from ratelimit.rules import Charge, Decision, Outcome
from tenants.limits import LimitScope
from tenants.models import Organisation
from tenants.queries import LimitValue
from tenants.refusals import who_pays
from tenants.rules.tiers import Cap, Why

MORE = f"{DOCS}#more"


class Standing(NamedTuple):
    """How far a limit is used by the subject that it counts.

    `subject` is None for a limit that counts each user or route by itself while none is named;
    `decision`, of one unit more, is None then, and while Redis is away.
    """

    limit: LimitValue
    subject: str | None
    decision: Decision | None


def standings(caller: Caller, *, end_user: str = "", route: str = "") -> list[Standing]:
    """Every limit that can refuse the caller, shadow ones too, as it stands: one round trip.

    `end_user` is a user's hash, `route` an operation's: they choose among the limits that count
    each by itself. Limits for certain routes are told for each of these anyway.
    """
    counted = [
        (limit, subject)
        for limit in caller.limits.values()
        for subject in _subjects(caller, limit, end_user, route)
    ]
    asked = [
        Charge(
            charging.policy(caller, limit), charging.subject(caller, limit, route=who, end_user=who)
        )
        for limit, who in counted
        if who is not None
    ]
    try:
        found = iter(stores.store().peek(caller.organisation.pk, asked).decisions)
    except RedisAway:
        found = iter(())
    return [
        Standing(limit, who, None if who is None else next(found, None)) for limit, who in counted
    ]


def describe(caller: Caller, decision: Decision) -> dict[str, Any]:
    """A policy's state in the words of `/v1/limits` and of a 429."""
    return facts(caller.limits[decision.policy.name], decision)


def facts(limit: LimitValue, decision: Decision | None) -> dict[str, Any]:
    """A limit's numbers, and its state where that is known."""
    return {
        "name": limit.name,
        "algorithm": limit.algorithm,
        "unit": limit.unit,
        "limit": charging.limit_of(limit),
        "quantity": limit.quantity,
        "window_ms": limit.per_ms,
        "burst": limit.burst,
        "used": decision and decision.used,
        "remaining": decision and decision.remaining,
        "retry_after_ms": decision and decision.retry_after_ms,
        "scope": limit.scope,
        "docs": DOCS,
        "upgrade": {"docs": MORE},
    }


def refusal(caller: Caller, outcome: Outcome) -> QuotaExceeded:
    """The 429 that names each refusing policy with all its facts."""
    refusing = [decision for decision in outcome.decisions if not decision.admitted]
    return QuotaExceeded([describe(caller, each) for each in refusing], fields(outcome))


def over_cap(cap: Cap, organisation: Organisation, *, used: int, now: datetime) -> PlanLimitReached:
    """The refusal of a user who would be one too many, and when the next month begins: 402 where
    to pay would help, 403 where there is no higher tier."""
    resets_at, upgrade = next_month(now).isoformat(), {"docs": MORE}
    reached = f"{used:,} users were active in {now:%Y-%m}, and {cap.tier} takes {cap.last:,}"
    if cap.why is Why.NO_TIER_ABOVE:
        return PlanLimitReached(
            f"{reached}: there is no tier above it.",
            tier=cap.tier,
            limit=cap.last,
            used=used,
            resets_at=resets_at,
            upgrade=upgrade,
        )
    return MauLimitReached(
        f"{reached}: {who_pays(cap.why, organisation.pk, sandbox=organisation.sandbox)}",
        tier=cap.tier,
        limit=cap.last,
        used=used,
        resets_at=resets_at,
        upgrade=upgrade,
        why=cap.why.value,
    )


def _subjects(caller: Caller, limit: LimitValue, end_user: str, route: str) -> Iterator[str | None]:
    match limit.scope:
        case LimitScope.KEY:
            yield caller.credential_id
        case LimitScope.END_USER:
            yield end_user or None
        case LimitScope.ROUTE:
            yield from limit.routes or [route or None]
        case LimitScope.ORGANISATION:
            yield caller.organisation.pk
