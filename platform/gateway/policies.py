"""From the rows of a tier or contract to what `ratelimit` decides for one call."""

from collections.abc import Iterator, Mapping
from typing import Final

from gateway.caller import Caller
from gateway.operations import Operation
from ratelimit.rules import Charge, Concurrency, Policy, Rate, Window
from ratelimit.wire import Plan
from tenants.queries import LimitValue

ORGANISATION: Final = "organisation"
KEY: Final = "key"
ROUTE: Final = "route"
END_USER: Final = "end_user"


def policy(limit: LimitValue) -> Policy:
    """The algorithm behind a limit's row."""
    match limit.algorithm:
        case "rate":
            return Rate(limit.name, limit.quantity, limit.per_ms, limit.burst, limit.unit)
        case "window":
            return Window(limit.name, limit.quantity, limit.per_ms, limit.unit)
        case _:
            return Concurrency(limit.name, limit.quantity, limit.per_ms, limit.unit)


def subject(caller: Caller, limit: LimitValue, *, route: str, end_user: str) -> str:
    """Whose spending a limit counts: the limits of one subject lie together in Redis."""
    match limit.scope:
        case "key":
            return f"{caller.mode}:key:{caller.credential_id}"
        case "route":
            return f"{caller.mode}:route:{route}"
        case "end_user":
            return f"{caller.mode}:user:{end_user}"
        case _:
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
            policy(limit),
            subject(caller, limit, route=route, end_user=end_user),
            cost[limit.counts],
            lease_id,
        )
        for limit in _applying(caller, cost, route, end_user)
        if limit.shadow is shadow
    ]


def plan(caller: Caller, operation: Operation, *, route: str, end_user: str, spend: bool) -> Plan:
    """The call's charges, compiled; kept with the caller, for its next call is much the same."""
    if not any(limit.scope == END_USER for limit in caller.limits.values()):
        end_user = ""
    name = (operation, route, spend)
    found: Plan | None = caller.plans.get(name) if not end_user else None
    if found is None:
        owed = charges(caller, operation.cost, route=route, end_user=end_user)
        found = Plan(caller.organisation.pk, owed, spend=spend)
        if not end_user:
            caller.plans[name] = found
    return found


def shadow_plans(
    caller: Caller, operation: Operation, *, route: str, end_user: str
) -> Iterator[Plan]:
    """The limits that the operator only tries: each decided alone, so that none hides another."""
    for owed in charges(caller, operation.cost, route=route, end_user=end_user, shadow=True):
        yield Plan(caller.organisation.pk, [owed])


def _applying(
    caller: Caller, cost: Mapping[str, int], route: str, end_user: str
) -> Iterator[LimitValue]:
    for limit in caller.limits.values():
        if limit.counts not in cost or (limit.routes and route not in limit.routes):
            continue
        if limit.scope == END_USER and not end_user:
            continue
        yield limit
