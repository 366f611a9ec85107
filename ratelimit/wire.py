"""What is said to Redis and how its answers are read; no I/O, so both stores share it."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from ratelimit import headers, scripts
from ratelimit.errors import StaleEpoch
from ratelimit.rules import concurrency, rate, window
from ratelimit.rules.admission import State, StateKey, States, state_key
from ratelimit.rules.concurrency import LeasesFound, LeaseState
from ratelimit.rules.decisions import Decision, Member, Outcome
from ratelimit.rules.policies import Charge, Concurrency, Policy, Rate, Window
from ratelimit.rules.rate import RateState
from ratelimit.rules.window import Entry, WindowFound, WindowState

MOST_MEMBERS = 1000  # Lua's stack takes a few thousand arguments at once
_LIFE_BEYOND_MS = 11_000
_STALE = -1


class Call(NamedTuple):
    """One function with its keys and arguments."""

    function: scripts.Function
    keys: tuple[str, ...]
    args: tuple[str | bytes | int, ...]


class Seen(NamedTuple):
    """The members to look up in the seen set `key`."""

    key: str
    members: Sequence[Member]


class Epoch(NamedTuple):
    """What the caller knows of its organisation: the number, and whether it was read just now."""

    number: int
    fresh: bool = False


class Plan:
    """One decision over `charges`, compiled once and asked many times.

    Raises:
        ValueError: the same policy twice for one subject, a cost out of range, a lease without
            an id, or a tag that is no hash tag.
    """

    def __init__(self, tag: str, charges: Sequence[Charge], *, spend: bool = True) -> None:
        _check(charges, spend=spend)
        # Redis reads all rates at once: their keys come first.
        by_kind = sorted(
            range(len(charges)), key=lambda at: not isinstance(charges[at].policy, Rate)
        )
        ordered = [charges[at] for at in by_kind]
        self.charges = tuple(charges)
        self.spend = spend
        self.policy_field = headers.policy_field(charge.policy for charge in charges)
        self._tag = tag
        self._order = by_kind
        self._keys = (_epoch_key(tag), *(_key(tag, each.policy, each.key) for each in ordered))
        self._text = _plan(ordered, spend=spend)
        self._leases = tuple(c.lease_id for c in ordered if isinstance(c.policy, Concurrency))

    def call(
        self, *, seen: Seen | None = None, epoch: Epoch | None = None, now_us: int | None = None
    ) -> Call:
        """The call that asks for this decision now.

        Raises:
            ValueError: too many members.
        """
        args = (_time(now_us), _epoch(epoch), self._text, *self._leases)
        if not seen or not seen.members:
            return Call(scripts.ADMIT, self._keys, args)
        keys = (*self._keys, _seen_key(self._tag, seen.key))
        return Call(scripts.ADMIT, keys, (*args, *_members(seen.members)))

    def read(self, reply: Sequence[int], members: Sequence[Member] = ()) -> "Answer":
        """The answer; `members` as they were asked.

        Raises:
            StaleEpoch: the caller must be read anew; nothing was spent.
        """
        if reply[0] == _STALE:
            raise StaleEpoch(reply[1])
        return Answer(self, reply, members)

    def outcome(self, reply: Sequence[int], members: Sequence[Member]) -> Outcome:
        """The answer as decisions in the caller's order."""
        answer = iter(reply)
        admitted, now_us = next(answer) == 1, next(answer)
        decisions: list[Decision | None] = [None] * len(self.charges)
        for at in self._order:
            charge = self.charges[at]
            spent = self.spend and admitted and charge.cost > 0
            decisions[at] = _decision(charge, answer, now_us, spent=spent)
        known = tuple(answer)
        unseen = tuple(m for m, held in zip(members, known, strict=False) if not held)
        return Outcome(admitted, tuple(d for d in decisions if d), now_us, unseen)


class Answer:
    """What Redis decided; read from its reply as far as it is asked for."""

    def __init__(self, plan: Plan, reply: Sequence[int], members: Sequence[Member]) -> None:
        self.plan = plan
        self.admitted = reply[0] == 1
        self._reply = reply
        self._members = members

    @property
    def unseen(self) -> tuple[Member, ...]:
        """The asked members that the seen set does not hold; empty for a refused call."""
        return self.outcome.unseen

    @cached_property
    def outcome(self) -> Outcome:
        """Every decision of the call."""
        return self.plan.outcome(self._reply, self._members)

    def fields(self) -> dict[str, str]:
        """The header fields of the decision."""
        return headers.fields(self.outcome)


class Snapshot(NamedTuple):
    """A call for the whole state of some charges, and the reading of its answer."""

    call: Call
    charges: tuple[Charge, ...]

    def read(self, reply: Sequence[Any]) -> tuple[States, int]:
        """The states from which `rules.admission.admit` continues, and Redis' time in µs."""
        states: dict[StateKey, State] = {}
        for charge, value in zip(self.charges, reply[1:], strict=True):
            if value:
                states[state_key(charge.policy, charge.key)] = _state(charge.policy, value)
        return states, reply[0]


def refund(tag: str, policy: Rate | Window, key: str, charge_id: str, now_us: int | None) -> Call:
    """Undo one charge of a rate or a window."""
    keys = (_key(tag, policy, key),)
    if isinstance(policy, Rate):
        give = (int(charge_id) * policy.shares_per_unit, policy.drain, policy.capacity)
        return Call(scripts.REFUND_RATE, keys, (_time(now_us), *give))
    return Call(scripts.REFUND_WINDOW, keys, (_time(now_us), charge_id, policy.per_ms * 1000))


def renew(
    tag: str, policy: Concurrency, key: str, lease_ids: Sequence[str], now_us: int | None
) -> Call:
    """Ask for a full term for each lease."""
    args = (_time(now_us), policy.lease_ms * 1000, *lease_ids)
    return Call(scripts.RENEW, (_key(tag, policy, key),), args)


def mark_seen(tag: str, key: str, members: Sequence[Member], ttl_ms: int) -> Call:
    """Add members to the seen set."""
    return Call(scripts.MARK_SEEN, (_seen_key(tag, key),), (ttl_ms, *_members(members)))


def raise_epoch(tag: str, epoch: int, now_us: int | None = None) -> Call:
    """Publish an organisation's epoch; whoever knows less is stale from now on."""
    return Call(scripts.RAISE_EPOCH, (_epoch_key(tag),), (_time(now_us), epoch))


def snapshot(tag: str, charges: Sequence[Charge], now_us: int | None = None) -> Snapshot:
    """Ask for the whole state behind `charges`, and touch nothing."""
    keys = tuple(_key(tag, charge.policy, charge.key) for charge in charges)
    kinds = (_KINDS[type(charge.policy)].letter for charge in charges)
    return Snapshot(Call(scripts.SNAPSHOT, keys, (_time(now_us), *kinds)), tuple(charges))


def leases_key(tag: str, policy: Concurrency, key: str) -> str:
    """Where the leases of one subject are kept."""
    return _key(tag, policy, key)


def _decision(charge: Charge, answer: Iterator[int], now_us: int, *, spent: bool) -> Decision:
    policy = charge.policy
    if isinstance(policy, Rate):
        return rate.decide(policy, charge, next(answer), spent=spent)
    if isinstance(policy, Window):
        found = WindowFound(*(next(answer) for _ in range(5)))
        return window.decide(policy, charge, found, now_us, spent=spent)
    leases = LeasesFound(next(answer), next(answer) == 1, next(answer))
    return concurrency.decide(policy, charge, leases, now_us, spent=spent)


def _plan(charges: Sequence[Charge], *, spend: bool) -> str:
    # Written by hand: names need no escapes, and an encoder would cost as much as the call.
    needs, drains, capacities, lives, others = "", "", "", "", ""
    for policy, _, cost, _ in charges:
        if isinstance(policy, Rate):
            # One unit above the burst is refused like any more, and stays exact.
            needs += f",{min(cost, policy.burst + 1) * policy.shares_per_unit}"
            drains += f",{policy.drain}"
            capacities += f",{policy.capacity}"
            lives += f",{policy.window_ms + _LIFE_BEYOND_MS}"
        else:
            others += f",{_other(policy, cost)}"
    return (
        f'{{"spend":{"true" if spend else "false"},"needs":[{needs[1:]}],"drains":[{drains[1:]}],'
        f'"capacities":[{capacities[1:]}],"lives":[{lives[1:]}],"others":[{others[1:]}]}}'
    )


def _other(policy: Window | Concurrency, cost: int) -> str:
    if isinstance(policy, Window):
        kind, period_ms = "w", policy.per_ms
    else:
        kind, period_ms = "c", policy.lease_ms
    cost = min(cost, policy.quantity + 1)
    return (
        f'{{"kind":"{kind}","cost":{cost},"period":{period_ms * 1000},'
        f'"quantity":{policy.quantity}}}'
    )


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


def _state(policy: Policy, value: Any) -> State:
    if isinstance(policy, Rate):
        arrival, *shares = value.split()
        return RateState(int(arrival), int(shares[0]) if shares else 0)
    if isinstance(policy, Window):
        *entries, summary = (_text(each) for each in value)
        _, _, newest, serial, _ = summary.split()
        kept = tuple(Entry(*map(int, entry.split("-"))) for entry in entries)
        return WindowState(kept, int(newest), int(serial))
    pairs = zip(value[::2], value[1::2], strict=True)
    return LeaseState(tuple((_text(lease_id), int(ends)) for lease_id, ends in pairs))


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _time(now_us: int | None) -> str | int:
    return "" if now_us is None else now_us


def _epoch(epoch: Epoch | None) -> str:
    if epoch is None:
        return ""
    return f"+{epoch.number}" if epoch.fresh else str(epoch.number)


class _Kind(NamedTuple):
    letter: str
    word: str


_KINDS = {Rate: _Kind("r", "rate"), Window: _Kind("w", "window"), Concurrency: _Kind("c", "leases")}


def _key(tag: str, policy: Policy, key: str) -> str:
    return f"{_tagged(tag)}:{_KINDS[type(policy)].word}:{policy.name}:{key}"


def _epoch_key(tag: str) -> str:
    return f"{_tagged(tag)}:epoch"


def _seen_key(tag: str, key: str) -> str:
    return f"{_tagged(tag)}:seen:{key}"


def _tagged(tag: str) -> str:
    # Redis Cluster places a key by the text between its first braces.
    if not tag or "{" in tag or "}" in tag:
        raise ValueError(f"A hash tag is not empty and has no braces: {tag!r}")
    return f"{{{tag}}}"
