"""From the rows of a tier or contract to what `ratelimit` decides for one call.

What an organisation spends is remembered for every window that it may come to stand under: a move
between tiers, a new version or a contract changes how much is allowed, and never what was used.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final, NamedTuple

from gateway.callers.caller import Caller
from gateway.operations import Operation
from ratelimit.protocol.wire import Plan
from ratelimit.rules import Charge, Concurrency, Policy, Rate, Window
from tenants.limits import Algorithm, LimitScope
from tenants.queries import LimitValue

# Of what a tier without such a limit spends, so much at least is remembered for a tier with one.
LEAST_REMEMBERED: Final = 10_000


def policy(caller: Caller, limit: LimitValue) -> Policy:
    """The algorithm behind a limit's row, as it stands among the caller's others."""
    found = _policy(limit)
    log = _log(limit)
    if isinstance(found, Window) and log and _first_with(caller, log) == limit.name:
        return replace(found, log=log)
    return found


def limit_of(limit: LimitValue) -> int:
    """The most units that it lets pass at once."""
    return _policy(limit).limit


def _policy(limit: LimitValue) -> Policy:
    # Fans are without number: their states end each by itself, apart from the organisation's own.
    few = limit.scope != LimitScope.END_USER
    match limit.algorithm:
        case Algorithm.RATE:
            return Rate(limit.name, limit.quantity, limit.per_ms, limit.burst, limit.unit, few)
        case Algorithm.WINDOW:
            return Window(limit.name, limit.quantity, limit.per_ms, limit.unit, few)
        case Algorithm.CONCURRENCY:
            return Concurrency(limit.name, limit.quantity, limit.per_ms, limit.unit)


def _log(limit: LimitValue) -> str:
    """Where a window for all calls of an organisation is remembered, whatever its name and size;
    "" for any other limit, which has memories of its own."""
    of_all = limit.scope == LimitScope.ORGANISATION and not limit.routes and not limit.shadow
    if limit.algorithm != Algorithm.WINDOW or not of_all:
        return ""
    return _named(limit.counts, limit.per_ms)


def _named(counts: str, per_ms: int) -> str:
    return f"{counts}/{per_ms}"


def _first_with(caller: Caller, log: str) -> str:
    # A call is remembered once. A second limit of that kind and length counts by itself.
    return next(limit.name for limit in caller.limits.values() if _log(limit) == log)


def subject(caller: Caller, limit: LimitValue, *, route: str, end_user: str) -> str:
    """Whose spending a limit counts: the limits of one subject lie together in Redis."""
    match limit.scope:
        case LimitScope.KEY:
            return f"{caller.mode}:key:{caller.credential_id}"
        case LimitScope.ROUTE:
            return f"{caller.mode}:route:{route}"
        case LimitScope.END_USER:
            return f"{caller.mode}:user:{end_user}"
        case LimitScope.ORGANISATION:
            return caller.mode


def charges(
    caller: Caller,
    cost: Mapping[str, int],
    *,
    route: str = "",
    end_user: str = "",
    lease_id: str = "",
    shadow: bool = False,
) -> list[Charge]:
    """What a call of this cost is charged, under the limits that apply to it.

    A limit per end user applies to calls that concern exactly one. `lease_id` names what holds a
    place under a concurrency limit, such as a session.
    """
    return [
        Charge(
            policy(caller, limit),
            subject(caller, limit, route=route, end_user=end_user),
            cost[limit.counts],
            lease_id,
        )
        for limit in _applying(caller, cost, route, end_user)
        if limit.shadow is shadow
    ]


def memories(caller: Caller, cost: Mapping[str, int]) -> list[Charge]:
    """What the call adds to windows that the caller does not stand under now, and may tomorrow."""
    under = {_log(limit) for limit in caller.limits.values()}
    return [
        Charge(
            Window(
                window.counts,
                max(window.quantity, LEAST_REMEMBERED),
                window.per_ms,
                window.unit,
                few_subjects=True,
                log=_named(window.counts, window.per_ms),
                refuses=False,
            ),
            caller.mode,
            cost[window.counts],
        )
        for window in caller.windows
        if window.counts in cost and _named(window.counts, window.per_ms) not in under
    ]


class Plans(NamedTuple):
    """What a call is decided by: all that may refuse it at once, and what is only tried, each alone
    so that none hides another."""

    enforced: Plan
    shadows: tuple[Plan, ...]


def plans(caller: Caller, operation: Operation, *, route: str, end_user: str) -> Plans:
    """The call's charges, compiled; kept with the caller, for its next call is much the same."""
    name = (operation, route, bool(end_user))
    found: tuple[Plans, str] | None = caller.plans.get(name)
    if found is None:
        found = caller.plans[name] = _compile(caller, operation, route, end_user)
    compiled, stand_in = found
    if not stand_in:
        return compiled
    # Every fan has a count of its own, under the same limits.
    own = f"{caller.mode}:user:{end_user}"
    return Plans(
        compiled.enforced.for_subject(stand_in, own),
        tuple(shadow.for_subject(stand_in, own) for shadow in compiled.shadows),
    )


def _compile(caller: Caller, operation: Operation, route: str, end_user: str) -> tuple[Plans, str]:
    """The plans, and the subject in them that stands for the end user; "" when none does."""
    stand_in = f"{caller.mode}:user:" if end_user else ""
    applying = list(_applying(caller, operation.cost, route, end_user))
    if not any(limit.scope == LimitScope.END_USER for limit in applying):
        stand_in = ""
    tag, cost = caller.organisation.pk, operation.cost
    enforced, tried = (
        charges(caller, cost, route=route, end_user=end_user, shadow=shadow)
        for shadow in (False, True)
    )
    enforced += memories(caller, cost)
    own = f"{caller.mode}:user:{end_user}"

    def generic(charge: Charge) -> Charge:
        return charge._replace(key=stand_in) if stand_in and charge.key == own else charge

    return Plans(
        Plan(tag, [generic(charge) for charge in enforced]),
        tuple(Plan(tag, [generic(charge)]) for charge in tried),
    ), stand_in


def _applying(
    caller: Caller, cost: Mapping[str, int], route: str, end_user: str
) -> Iterator[LimitValue]:
    for limit in caller.limits.values():
        if limit.counts not in cost or (limit.routes and route not in limit.routes):
            continue
        if limit.scope == LimitScope.END_USER and not end_user:
            continue
        yield limit
