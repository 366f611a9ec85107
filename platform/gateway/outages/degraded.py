"""Decisions while Redis is away: a published part of each limit, in this process alone.

Rates go on at `GATE_DEGRADED_FRACTION` of their size, shared out between `GATE_PROCESSES`; windows
such as effects have a reserve of `GATE_DEGRADED_RESERVE` in any span of theirs; places are not
given out. What was spent here is charged to Redis when it is back.
"""

import functools
import os
from collections import deque
from collections.abc import Sequence
from typing import Final

from django.conf import settings

from gateway.refusals import DEGRADED, ReducedCapacity
from gateway.stores import store
from ratelimit.errors import RedisAway
from ratelimit.local import LocalLimits
from ratelimit.rules import Charge, Outcome, refuses
from tenants.limits import Strictness

HEADER: Final = DEGRADED
MOST_SEEN: Final = 100_000
MOST_AT_ONCE: Final = 50


@functools.cache
def local() -> LocalLimits:
    """This process's part of every limit."""
    return LocalLimits(
        settings.GATE_DEGRADED_FRACTION, settings.GATE_DEGRADED_RESERVE, settings.GATE_PROCESSES
    )


@functools.cache
def full_rates() -> LocalLimits:
    """For organisations that would rather be let through: rates stay whole in each process."""
    share = settings.GATE_DEGRADED_RESERVE / settings.GATE_PROCESSES
    return LocalLimits(fraction=1.0, reserve=share, processes=1)


def decide(tag: str, charges: Sequence[Charge], strictness: Strictness) -> Outcome:
    """Admit within this process's part, or raise ReducedCapacity; nothing was spent then."""
    if strictness == Strictness.STRICT:
        raise ReducedCapacity(*(each.policy.name for each in charges if refuses(each.policy)))
    outcome = (full_rates() if strictness == Strictness.OPEN else local()).admit(tag, charges)
    if not outcome.admitted:
        raise ReducedCapacity(*outcome.violated)
    _owing.add(True)
    return outcome


def owes() -> bool:
    """Whether something was spent here that Redis does not know yet."""
    return bool(_owing or _debts)


def settle() -> None:
    """Charge Redis some of what was spent while it was away, as far as it still fits.

    The calls that follow charge the rest: after a long outage no single one may wait for it all. A
    debt stays until Redis has answered; one whose answer was lost may be charged twice, for to
    forget it would let more through than is published.
    """
    if _owing and not _debts:
        _owing.clear()
        _seen.clear()
        for limits in (local(), full_rates()):
            _debts.extend(limits.debts())
    for _ in range(min(MOST_AT_ONCE, len(_debts))):
        try:
            tag, debt = _debts.popleft()
        except IndexError:
            return  # Others have charged the rest.
        try:
            _charge(tag, debt)
        except RedisAway:
            _debts.append((tag, debt))
            return


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
_debts: deque[tuple[str, Charge]] = deque()
os.register_at_fork(after_in_child=_debts.clear)  # the parent settles what the parent spent
_seen: dict[str, set[bytes]] = {}
