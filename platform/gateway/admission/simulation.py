"""Would these calls pass, and when? The limits' own rules, played forward from a state."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ratelimit.rules import Charge, Concurrency
from ratelimit.rules.admission import State, StateKey, States, admit
from ratelimit.rules.window import WindowState


class Call(NamedTuple):
    """One call of a timeline, in milliseconds from its beginning.

    `violated` names the limits that refuse it at `at_ms`; who then waits exactly as long as is
    told passes at `passes_at_ms`, which is None when no wait helps.
    """

    at_ms: int
    violated: tuple[str, ...]
    passes_at_ms: int | None

    @property
    def admitted(self) -> bool:
        """Whether it passes at once."""
        return not self.violated


def as_asked(
    states: States, owed: Sequence[Charge], at_ms: Sequence[int], now_us: int
) -> list[Call]:
    """Calls at these times, of which a refused one is not tried again."""
    found: dict[StateKey, State] = dict(states)
    calls = []
    for at, charges in _paired(at_ms, owed):
        outcome, changed = admit(found, charges, now_us + at * 1000)
        found |= changed
        wait_ms = outcome.retry_after_ms
        calls.append(Call(at, outcome.violated, None if wait_ms is None else at + wait_ms))
    return calls


def patient(
    states: States, owed: Sequence[Charge], at_ms: Sequence[int], now_us: int
) -> list[Call]:
    """The same calls by a client that waits out each refusal before it goes on."""
    found: dict[StateKey, State] = dict(states)
    calls: list[Call] = []
    free_at = 0
    for asked, charges in _paired(at_ms, owed):
        at = passes_at = max(asked, free_at)
        outcome, changed = admit(found, charges, now_us + at * 1000)
        violated = outcome.violated
        while outcome.retry_after_ms:
            passes_at += outcome.retry_after_ms
            outcome, changed = admit(found, charges, now_us + passes_at * 1000)
        found |= changed
        calls.append(Call(at, violated, passes_at if outcome.admitted else None))
        free_at = passes_at
    return calls


def steps(states: Mapping[StateKey, State], calls: int) -> int:
    """How many remembered charges a timeline of so many calls has to look at."""
    remembered = sum(len(s.entries) for s in states.values() if isinstance(s, WindowState))
    return calls * (remembered + calls)


def _paired(at_ms: Sequence[int], owed: Sequence[Charge]) -> Iterator[tuple[int, list[Charge]]]:
    # Each call that takes a place takes one of its own.
    for number, at in enumerate(at_ms):
        yield (
            at,
            [
                charge._replace(lease_id=str(number))
                if isinstance(charge.policy, Concurrency)
                else charge
                for charge in owed
            ],
        )
