"""The single calls of the library besides a decision: undo, renew, mark, publish, look."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from ratelimit.protocol import scripts
from ratelimit.protocol.redis_keys import hash_key, locate, seen_key
from ratelimit.protocol.states import state
from ratelimit.rules.admission import States, state_key
from ratelimit.rules.decisions import Member
from ratelimit.rules.policies import Charge, Concurrency, Rate, Window

MOST_MEMBERS: Final = 2000  # Lua's stack takes a few thousand arguments at once


class Call(NamedTuple):
    """One function with its keys and arguments."""

    function: scripts.Function
    keys: tuple[str, ...]
    args: tuple[str | bytes | int, ...]


class Snapshot(NamedTuple):
    """A call for the whole state of some charges, and the reading of its answer."""

    call: Call
    charges: tuple[Charge, ...]

    def read(self, reply: Sequence[Any]) -> tuple[States, int]:
        """The states from which `rules.admission.admit` continues, and Redis' time in µs."""
        now_us, *values = reply
        pairs = zip(self.charges, values, strict=True)
        return {state_key(c.policy, c.key): state(c.policy, value) for c, value in pairs}, now_us


def refund(
    tag: str, policy: Rate | Window, key: str, charge_id: str, now_us: int | None = None
) -> Call:
    """Undo one charge of a rate or a window."""
    at = locate(tag, policy, key)
    if isinstance(policy, Rate):
        return _give(tag, policy, key, int(charge_id), "", now_us)
    args = (time_of(now_us), at.field, charge_id, policy.per_ms * 1000)
    return Call(scripts.REFUND_WINDOW, (at.value or hash_key(tag), at.collection), args)


def refund_units(
    tag: str, rate: Rate, key: str, units: int, since_us: int, now_us: int | None = None
) -> Call:
    """Undo what of `units` cannot have drained since they were charged at `since_us`.

    For units that were charged ahead of their use and not used: whatever schedule of calls came
    between, the debt is never less than if they had not been charged.
    """
    return _give(tag, rate, key, units, since_us, now_us)


def renew(
    tag: str,
    policy: Concurrency,
    key: str,
    lease_ids: Sequence[str],
    now_us: int | None = None,
) -> Call:
    """Ask for a full term for each lease."""
    args = (time_of(now_us), policy.lease_ms * 1000, *lease_ids)
    return Call(scripts.RENEW, (leases_key(tag, policy, key),), args)


def mark_seen(tag: str, key: str, members: Sequence[Member], ttl_ms: int) -> Call:
    """Add members to the seen set."""
    return Call(scripts.MARK_SEEN, (seen_key(tag, key),), (ttl_ms, *members_of(members)))


def raise_epoch(tag: str, epoch: int, now_us: int | None = None) -> Call:
    """Publish an organisation's epoch; whoever knows less is stale from now on."""
    return Call(scripts.RAISE_EPOCH, (hash_key(tag),), (time_of(now_us), epoch))


def snapshot(tag: str, charges: Sequence[Charge], now_us: int | None = None) -> Snapshot:
    """Ask for the whole state behind `charges`, and touch nothing."""
    keys: list[str] = []
    args: list[str | int] = [time_of(now_us)]
    for charge in charges:
        kind, field, value, collection = locate(tag, charge.policy, charge.key)
        found_at = (hash_key(tag) if field else value, collection)
        keys += filter(None, found_at)
        args += [kind, field]
    return Snapshot(Call(scripts.SNAPSHOT, tuple(keys), tuple(args)), tuple(charges))


def leases_key(tag: str, policy: Concurrency, key: str) -> str:
    """Where the leases of one subject are kept."""
    return locate(tag, policy, key).collection


def _give(
    tag: str, rate: Rate, key: str, units: int, since_us: int | str, now_us: int | None
) -> Call:
    at = locate(tag, rate, key)
    shares = units * rate.shares_per_unit
    args = (time_of(now_us), at.field, shares, rate.drain, rate.capacity, since_us)
    return Call(scripts.REFUND_RATE, (at.value or hash_key(tag),), args)


def members_of(members: Sequence[Member]) -> tuple[Member, ...]:
    """As arguments of one call; raises ValueError for too many."""
    if len(members) > MOST_MEMBERS:
        raise ValueError(f"{len(members)} members in one call: at most {MOST_MEMBERS}")
    return tuple(members)


def time_of(now_us: int | None) -> str | int:
    """The instant as an argument; nothing where Redis' own clock is meant."""
    return "" if now_us is None else now_us
