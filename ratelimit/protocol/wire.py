"""A decision as it is put to Redis, and its answer; no I/O, so both stores share it."""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import islice
from typing import Final, NamedTuple, Self

from ratelimit import headers
from ratelimit.errors import StaleEpoch
from ratelimit.protocol import scripts
from ratelimit.protocol.calls import Call, members_of, time_of
from ratelimit.protocol.parts import plan_text
from ratelimit.protocol.redis_keys import hash_key, locate, seen_key
from ratelimit.rules import concurrency, rate, window
from ratelimit.rules.concurrency import LeasesFound
from ratelimit.rules.decisions import Decision, Member, Outcome
from ratelimit.rules.policies import Charge, Concurrency, Rate, Window, kept_as, refuses
from ratelimit.rules.window import WindowFound

_STALE: Final = -1
_NUMBERS: Final = {Rate: 1, Window: 5, Concurrency: 3}  # that a reply holds of a charge


class Seen(NamedTuple):
    """The members to look up in the seen set `key`."""

    key: str
    members: Sequence[Member]


class Epoch(NamedTuple):
    """What the caller knows of its organisation: the number, and whether it was read just now."""

    number: int
    fresh: bool = False


_Given = tuple[str | None, Epoch | None, int | None]


class Plan:
    """One decision over `charges`, compiled once and asked many times.

    Raises:
        ValueError: the same policy twice for one subject, a cost out of range, a lease without
            an id, or a tag that is no hash tag.
    """

    _begun: tuple[_Given, Call] | None  # the last call's beginning, and what it was made from

    def __init__(self, tag: str, charges: Sequence[Charge], *, spend: bool = True) -> None:
        _check(charges, spend=spend)
        self.tag = tag
        self.charges = tuple(charges)
        self.spend = spend
        limits = [charge.policy for charge in charges if refuses(charge.policy)]
        self.policy_field = headers.policy_field(limits)
        self._locations = tuple(locate(tag, charge.policy, charge.key) for charge in charges)
        self._text = plan_text(charges, self._locations, spend=spend)
        self.items = tuple(_items(charges, spend=spend))
        self._lay_out()

    def for_subject(self, old: str, new: str) -> Self:
        """This plan with `new` in place of the subject `old`, at a fraction of the cost."""
        charges, locations = list(self.charges), list(self._locations)
        for at, (policy, key, cost, lease_id) in enumerate(charges):
            if key == old:
                charges[at] = Charge(policy, new, cost, lease_id)
                locations[at] = locate(self.tag, policy, new)
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other.charges, other._locations = tuple(charges), tuple(locations)
        other._lay_out()
        return other

    def call(
        self, *, seen: Seen | None = None, epoch: Epoch | None = None, now_us: int | None = None
    ) -> Call:
        """The call that asks for this decision now.

        Raises:
            ValueError: too many members.
        """
        members = members_of(seen.members) if seen else ()
        given = (seen.key if seen and members else None, epoch, now_us)
        begun = self._begun  # looked up once: threads share a plan
        if begun is None or begun[0] != given:
            begun = self._begun = (given, self._begin(*given))
        function, keys, args = begun[1]
        return Call(function, keys, args + members)

    def read(self, reply: Sequence[int], members: Sequence[Member] = ()) -> "Answer":
        """The answer; `members` as they were asked.

        Raises:
            StaleEpoch: the caller must be read anew; nothing was spent.
        """
        if reply[0] == _STALE:
            raise StaleEpoch(reply[1])
        return Answer(self, reply, members)

    def _begin(self, seen: str | None, epoch: Epoch | None, now_us: int | None) -> Call:
        """The call but for its members: most calls differ from the one before in these alone."""
        keys = self._keys if seen is None else (*self._keys, seen_key(self.tag, seen))
        return Call(scripts.ADMIT, keys, (time_of(now_us), _epoch(epoch), *self._args))

    def _lay_out(self) -> None:
        keys, collections, args = [hash_key(self.tag)], [], [self._text]
        for _, field, value, collection in self._locations:
            if field:
                args.append(field)
            elif value:
                keys.append(value)
            if collection:
                collections.append(collection)
        args += [c.lease_id for c in self.charges if isinstance(c.policy, Concurrency)]
        self._keys = (*keys, *collections)
        self._args = tuple(args)
        self._begun = None


class Answer:
    """What Redis decided; its reply is read as far as it is asked for."""

    def __init__(self, plan: Plan, reply: Sequence[int], members: Sequence[Member]) -> None:
        self.plan = plan
        self.admitted = reply[0] == 1
        self.reply = reply
        self._members = members

    @cached_property
    def outcome(self) -> Outcome:
        """Every decision, in the order of the charges."""
        numbers = iter(self.reply)
        admitted, now_us = next(numbers) == 1, next(numbers)
        spent = admitted and self.plan.spend
        decisions = tuple(
            _decision(charge, numbers, now_us, spent=spent and charge.cost > 0)
            for charge in self.plan.charges
        )
        return Outcome(admitted, decisions, now_us, self.unseen)

    @property
    def unseen(self) -> tuple[Member, ...]:
        """The asked members that the seen set does not hold; empty for a refused call."""
        members = self._members
        if not (members and self.admitted and self.plan.spend):
            return ()
        held = self.reply[-len(members) :]
        if 0 not in held:
            return ()
        return tuple(member for member, is_held in zip(members, held, strict=True) if not is_held)

    def fields(self) -> dict[str, str]:
        """The header fields of the decision; empty when no limit applied."""
        plan, reply = self.plan, self.reply
        if not (self.admitted and plan.items):
            return headers.fields(self.outcome)
        items = [
            item(reply[at]) if item else headers.limit_item(self.outcome.limits[index])
            for index, (at, item) in enumerate(plan.items)
        ]
        return {"RateLimit-Policy": plan.policy_field, "RateLimit": ", ".join(items)}


def _items(
    charges: Sequence[Charge], *, spend: bool
) -> Iterator[tuple[int, Callable[[int], str] | None]]:
    # Where the reply tells of each charge, and for a rate how its header item is made of that.
    at = 2
    for policy, _, cost, _ in charges:
        quick = (
            headers.rate_item(policy, cost if spend else 0) if isinstance(policy, Rate) else None
        )
        if refuses(policy):
            yield at, quick
        at += _NUMBERS[type(policy)]


def _decision(charge: Charge, numbers: Iterator[int], now_us: int, *, spent: bool) -> Decision:
    policy = charge.policy
    if isinstance(policy, Rate):
        return rate.decide(policy, charge, next(numbers), spent=spent)
    if isinstance(policy, Window):
        found = WindowFound(*islice(numbers, 5))
        return window.decide(policy, charge, found, now_us, spent=spent)
    leases = LeasesFound(next(numbers), next(numbers) == 1, next(numbers))
    return concurrency.decide(policy, charge, leases, now_us, spent=spent)


def _check(charges: Sequence[Charge], *, spend: bool) -> None:
    subjects = {(type(charge.policy), kept_as(charge.policy), charge.key) for charge in charges}
    if len(subjects) < len(charges):
        raise ValueError("A policy is charged once per subject: add the costs up.")
    for policy, _, cost, lease_id in charges:
        if cost < 0:
            raise ValueError(f"{policy.name}: a cost of {cost} is below nothing")
        if isinstance(policy, Concurrency) and cost > 1:
            raise ValueError(f"{policy.name}: one lease costs 1, not {cost}")
        if isinstance(policy, Concurrency) and spend and cost and not lease_id:
            raise ValueError(f"{policy.name}: a lease needs an id")


def _epoch(epoch: Epoch | None) -> str:
    if epoch is None:
        return ""
    return f"+{epoch.number}" if epoch.fresh else str(epoch.number)
