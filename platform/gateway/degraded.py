"""Decisions while Redis is away: a published part of each limit, in this process alone.

Rates go on at `GATE_DEGRADED_FRACTION` of their size, shared out between `GATE_PROCESSES`; windows
such as effects have a reserve of `GATE_DEGRADED_RESERVE` per outage; places are not given out. What
was spent here is charged to Redis when it is back.
"""

import functools
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from django.conf import settings

from gateway.refusals import ReducedCapacity
from gateway.stores import store
from ratelimit.errors import RedisAway
from ratelimit.local import LocalLimits
from ratelimit.rules import Charge, Outcome

STRICT: Final = "strict"
OPEN: Final = "open"
HEADER: Final = "Tifo-Degraded"
MOST_SEEN: Final = 100_000


@functools.cache
def local() -> LocalLimits:
    """This process's part of every limit."""
    return LocalLimits(
        settings.GATE_DEGRADED_FRACTION, settings.GATE_DEGRADED_RESERVE, settings.GATE_PROCESSES
    )


@functools.cache
def generous() -> LocalLimits:
    """For organisations that would rather be let through: rates stay whole in each process."""
    share = settings.GATE_DEGRADED_RESERVE / settings.GATE_PROCESSES
    return LocalLimits(fraction=1.0, reserve=share, processes=1)


def decide(tag: str, charges: Sequence[Charge], strictness: str) -> Outcome:
    """Admit within this process's part, or raise ReducedCapacity; nothing was spent then."""
    if strictness == STRICT:
        raise ReducedCapacity(*(charge.policy.name for charge in charges))
    outcome = (generous() if strictness == OPEN else local()).admit(tag, charges)
    if not outcome.admitted:
        raise ReducedCapacity(*outcome.violated)
    _owing.add(True)
    return outcome


def owes() -> bool:
    """Whether something was spent here that Redis does not know yet."""
    return bool(_owing)


def settle() -> None:
    """Charge Redis what was spent while it was away, as far as it still fits; one caller does."""
    if not _owing:
        return
    _owing.clear()
    _seen.clear()
    owed: dict[str, list[Charge]] = defaultdict(list)
    for limits in (local(), generous()):
        for tag, charge in limits.debts():
            owed[tag].append(charge)
    with suppress(RedisAway):  # again: what is left of the debts is forgotten
        for tag, charges in owed.items():
            for charge in charges:
                _charge(tag, charge)


def _charge(tag: str, debt: Charge) -> None:
    """Charge the debt, or as much of it as still fits."""
    [found] = store().admit(tag, [debt]).decisions
    if not found.admitted and found.remaining:
        store().admit(tag, [debt._replace(cost=found.remaining)])


def unseen(name: str, users: Sequence[bytes]) -> list[bytes]:
    """Those users that this process has not counted since Redis went away."""
    known = _seen.get(name, set())
    return [user for user in users if user not in known]


def remember(name: str, users: Sequence[bytes]) -> None:
    """These users are counted; to forget one only costs a look into Postgres."""
    known = _seen.setdefault(name, set())
    if len(known) + len(users) > MOST_SEEN:
        known.clear()
    known.update(users)


_owing: set[bool] = set()
_seen: dict[str, set[bytes]] = {}
