"""What is said to Redis and how its answers are read; no I/O, so both stores share it."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ratelimit import scripts
from ratelimit.rules import concurrency, rate, window
from ratelimit.rules.concurrency import LeasesFound
from ratelimit.rules.decisions import Decision, Member, Outcome
from ratelimit.rules.policies import Charge, Concurrency, Policy, Rate, Window
from ratelimit.rules.window import WindowFound

MOST_MEMBERS = 1000  # Lua's stack takes a few thousand arguments at once


class Call(NamedTuple):
    """One script with its keys and arguments."""

    script: scripts.Script
    keys: tuple[str, ...]
    args: tuple[str | bytes | int, ...]


class Seen(NamedTuple):
    """The members to look up in the seen set `key`."""

    key: str
    members: Sequence[Member]


class Admission(NamedTuple):
    """A call for a decision, and all that reading its answer takes."""

    call: Call
    charges: tuple[Charge, ...]
    order: tuple[int, ...]
    spend: bool
    members: tuple[Member, ...]

    def read(self, reply: Sequence[int]) -> Outcome:
        """The answer as decisions in the caller's order."""
        answer = iter(reply)
        admitted, now_us = next(answer) == 1, next(answer)
        decisions: list[Decision | None] = [None] * len(self.charges)
        for index in self.order:
            charge = self.charges[index]
            spent = self.spend and admitted and charge.cost > 0
            decisions[index] = _decision(charge, answer, now_us, spent=spent)
        known = tuple(answer)
        unseen = tuple(m for m, held in zip(self.members, known, strict=False) if not held)
        return Outcome(admitted, tuple(d for d in decisions if d), now_us, unseen)


def admission(
    tag: str,
    charges: Sequence[Charge],
    *,
    spend: bool,
    now_us: int | None = None,
    seen: Seen | None = None,
) -> Admission:
    """Ask for one decision over all `charges`.

    Raises:
        ValueError: the same policy twice for one subject, a cost out of range, a lease without
            an id, too many members, or a tag that is no hash tag.
    """
    _check(charges, spend=spend)
    rates: dict[str, list[int]] = {}
    others: list[int] = []
    for index, charge in enumerate(charges):
        if isinstance(charge.policy, Rate):
            rates.setdefault(charge.key, []).append(index)
        else:
            others.append(index)
    order = (*(index for group in rates.values() for index in group), *others)
    keys = [_rates_key(tag, key) for key in rates]
    keys += [_own_key(tag, charges[index].policy, charges[index].key) for index in others]
    members = _members(seen.members) if seen else ()
    if seen and members:
        keys.append(_seen_key(tag, seen.key))
    call = Call(
        scripts.ADMIT,
        tuple(keys),
        (
            _time(now_us),
            int(spend),
            _plan(charges, rates, others),
            *(charges[i].lease_id for i in others if isinstance(charges[i].policy, Concurrency)),
            *members,
        ),
    )
    return Admission(call, tuple(charges), order, spend, members)


def refund(tag: str, policy: Rate | Window, key: str, charge_id: str, now_us: int | None) -> Call:
    """Undo one charge of a rate or a window."""
    if isinstance(policy, Rate):
        shares = int(charge_id) * policy.shares_per_unit
        give = (policy.name, shares, policy.drain, policy.capacity)
        return Call(scripts.REFUND_RATE, (_rates_key(tag, key),), (_time(now_us), *give))
    take = (charge_id, policy.per_ms * 1000)
    return Call(scripts.REFUND_WINDOW, (_own_key(tag, policy, key),), (_time(now_us), *take))


def renew(
    tag: str, policy: Concurrency, key: str, lease_ids: Sequence[str], now_us: int | None
) -> Call:
    """Ask for a full term for each lease."""
    args = (_time(now_us), policy.lease_ms * 1000, *lease_ids)
    return Call(scripts.RENEW, (_own_key(tag, policy, key),), args)


def mark_seen(tag: str, key: str, members: Sequence[Member], ttl_ms: int) -> Call:
    """Add members to the seen set."""
    return Call(scripts.MARK_SEEN, (_seen_key(tag, key),), (ttl_ms, *_members(members)))


def leases_key(tag: str, policy: Concurrency, key: str) -> str:
    """Where the leases of one subject are kept."""
    return _own_key(tag, policy, key)


def _decision(charge: Charge, answer: Iterator[int], now_us: int, *, spent: bool) -> Decision:
    policy = charge.policy
    if isinstance(policy, Rate):
        return rate.decide(policy, charge, next(answer), spent=spent)
    if isinstance(policy, Window):
        found = WindowFound(*(next(answer) for _ in range(5)))
        return window.decide(policy, charge, found, now_us, spent=spent)
    leases = LeasesFound(next(answer), next(answer) == 1, next(answer))
    return concurrency.decide(policy, charge, leases, now_us, spent=spent)


def _plan(charges: Sequence[Charge], rates: dict[str, list[int]], others: list[int]) -> str:
    # Written by hand: names need no escapes, and an encoder would cost as much as the call.
    groups = [_rates([charges[index] for index in group]) for group in rates.values()]
    for index in others:
        policy, _, cost, _ = charges[index]
        if isinstance(policy, Window):
            groups.append(_own("w", min(cost, policy.quantity + 1), policy.per_ms, policy.quantity))
        elif isinstance(policy, Concurrency):
            groups.append(_own("c", cost, policy.lease_ms, policy.quantity))
    return f"[{','.join(groups)}]"


def _rates(charges: Sequence[Charge]) -> str:
    names, needs, drains, capacities = "", "", "", ""
    for policy, _, cost, _ in charges:
        assert isinstance(policy, Rate)
        names += f',"{policy.name}"'
        # One unit above the burst is refused like any more, and stays exact.
        needs += f",{min(cost, policy.burst + 1) * policy.shares_per_unit}"
        drains += f",{policy.drain}"
        capacities += f",{policy.capacity}"
    return (
        f'{{"kind":"r","fields":["@"{names}],"needs":[{needs[1:]}],'
        f'"drains":[{drains[1:]}],"capacities":[{capacities[1:]}]}}'
    )


def _own(kind: str, cost: int, period_ms: int, quantity: int) -> str:
    return f'{{"kind":"{kind}","cost":{cost},"period":{period_ms * 1000},"quantity":{quantity}}}'


def _check(charges: Sequence[Charge], *, spend: bool) -> None:
    subjects = {(type(charge.policy), charge.policy.name, charge.key) for charge in charges}
    if len(subjects) < len(charges):
        raise ValueError("A policy is charged once per subject: add the costs up.")
    for policy, _, cost, lease_id in charges:
        if cost < 0:
            raise ValueError(f"{policy.name}: a cost of {cost} is below nothing")
        if isinstance(policy, Concurrency) and cost > 1:
            raise ValueError(f"{policy.name}: one lease costs 1, not {cost}")
        if isinstance(policy, Concurrency) and spend and cost and not lease_id:
            raise ValueError(f"{policy.name}: a lease needs an id")


def _members(members: Sequence[Member]) -> tuple[Member, ...]:
    if len(members) > MOST_MEMBERS:
        raise ValueError(f"{len(members)} members in one call: at most {MOST_MEMBERS}")
    return tuple(members)


def _time(now_us: int | None) -> str | int:
    return "" if now_us is None else now_us


def _rates_key(tag: str, key: str) -> str:
    return f"{_tagged(tag)}:rates:{key}"


def _own_key(tag: str, policy: Policy, key: str) -> str:
    kind = "window" if isinstance(policy, Window) else "leases"
    return f"{_tagged(tag)}:{kind}:{policy.name}:{key}"


def _seen_key(tag: str, key: str) -> str:
    return f"{_tagged(tag)}:seen:{key}"


def _tagged(tag: str) -> str:
    # Redis Cluster places a key by the text between its first braces.
    if not tag or "{" in tag or "}" in tag:
        raise ValueError(f"A hash tag is not empty and has no braces: {tag!r}")
    return f"{{{tag}}}"
