"""An invoice's way to be paid: its states, which follows which, and when it is tried again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final


class State(StrEnum):
    """The names are those of the rows."""

    CREATED = "created"
    LINES = "lines"
    VERIFIED = "verified"
    FINALISED = "finalised"
    PAID = "paid"
    FAILED = "failed"
    VOID = "void"


# A verified invoice may be paid already: whoever finalised it was killed before he said so.
FOLLOWS: Final[Mapping[State, frozenset[State]]] = {
    State.CREATED: frozenset({State.LINES, State.VOID}),
    State.LINES: frozenset({State.VERIFIED, State.VOID}),
    State.VERIFIED: frozenset({State.FINALISED, State.PAID, State.FAILED, State.VOID}),
    State.FINALISED: frozenset({State.PAID, State.FAILED, State.VOID}),
    State.FAILED: frozenset({State.PAID, State.VOID}),
    State.PAID: frozenset(),
    State.VOID: frozenset(),
}
UNSENT: Final = frozenset({State.CREATED, State.LINES, State.VERIFIED})
OWED: Final = frozenset({State.FINALISED, State.FAILED})

FIRST_WAIT: Final = timedelta(seconds=15)
LONGEST_WAIT: Final = timedelta(hours=1)
PAYMENT_TRIES: Final = (timedelta(days=1), timedelta(days=3), timedelta(days=3), timedelta(days=5))


class Illegal(ValueError):
    """This state does not follow that one."""


def check(before: str, after: str) -> None:
    """Raises Illegal unless `after` may follow `before`."""
    if State(after) not in FOLLOWS[State(before)]:
        raise Illegal(f"An invoice that is {before} cannot become {after}.")


def reached(now: str, status: str, *, tried: bool) -> State:
    """Where an invoice stands that its collector holds in `status` (Stripe's word).

    Never backwards: an old message of an open invoice does not unpay it. Nor before its lines were
    compared, whatever somebody did at the collector meanwhile.
    """
    state = State(now)
    seen = {
        "open": State.FAILED if tried else State.FINALISED,
        "uncollectible": State.FAILED,
        "paid": State.PAID,
        "void": State.VOID,
    }.get(status, state)
    return seen if seen in FOLLOWS[state] else state


def wait(attempts: int) -> timedelta:
    """Before the next try, after so many: doubling from a quarter of a minute to an hour."""
    return min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(attempts - 1, 20)) if attempts else FIRST_WAIT


def next_payment(first_failed_at: datetime, now: datetime) -> datetime | None:
    """When a payment that was refused is tried again: after 1, 4, 7 and 12 days; None: no more."""
    at = first_failed_at
    for step in PAYMENT_TRIES:
        at += step
        if at > now:
            return at
    return None


@dataclass(frozen=True)
class Standing:
    """How an organisation stands, and until when its grace runs, if it does."""

    name: str
    grace_ends_at: datetime | None = None


def standing(unpaid_since: datetime | None, *, now: datetime, grace_days: int) -> Standing:
    """By the oldest payment that failed or is overdue; None if there is none."""
    if unpaid_since is None:
        return Standing("good")
    ends = unpaid_since + timedelta(days=grace_days)
    return Standing("grace", ends) if now < ends else Standing("restricted", ends)
