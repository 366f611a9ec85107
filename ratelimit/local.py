"""Decisions while Redis is away: a published part of each limit, kept in this process alone."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from threading import Lock
from typing import Final

from ratelimit import forks
from ratelimit.rules import (
    Charge,
    Concurrency,
    Decision,
    Outcome,
    Policy,
    Rate,
    Window,
    kept_as,
    rate,
    window,
)
from ratelimit.rules.rate import RateState
from ratelimit.rules.window import WindowState

MOST_SUBJECTS: Final = 100_000
_SWEEP_EVERY_US: Final = 1_000_000


class LocalLimits:
    """One process's part of every limit, from the first call to `debts`; thread-safe.

    With `processes` at work, a rate goes on at `fraction / processes` of its quantity and burst, a
    window admits `floor(reserve * quantity / processes)` units in any span of its length, and no
    lease is given out. So all processes together stay within `fraction` of every rate and `reserve`
    of every window. Beyond `most` subjects that still owe something, new ones are refused.

    `clock` returns microseconds. `exhausted` counts the calls that found a reserve spent.

    Raises:
        ValueError: a fraction outside (0, 1], a reserve outside [0, 1], or no process.
    """

    def __init__(
        self,
        fraction: float,
        reserve: float,
        processes: int,
        clock: Callable[[], int] = lambda: time.time_ns() // 1000,
        most: int = MOST_SUBJECTS,
    ) -> None:
        if not (0 < fraction <= 1 and 0 <= reserve <= 1 and processes >= 1):
            raise ValueError(f"No part of a limit: {fraction=}, {reserve=}, {processes=}")
        self.exhausted = 0
        # A unit weighs here what so many weigh in Redis: exact, where a smaller rate would not be.
        self._weight = math.ceil(round(processes / fraction, 6))
        self._reserve = reserve / processes
        self._clock = clock
        self._most = most
        self._parts: dict[tuple[str, type[Policy], str, str], _Part] = {}
        self._swept_us = 0
        self._lock = Lock()
        forks.reset_in_children(self)

    def admit(self, tag: str, charges: Sequence[Charge]) -> Outcome:
        """Decide all charges: every one is spent, or none is.

        The decisions speak of this process's part. They carry no charge ids: `debts` settles them.
        """
        now_us = self._clock()
        with self._lock:
            parts = [self._part(tag, charge, now_us) for charge in charges]
            pairs = list(zip(parts, charges, strict=True))
            found = tuple(part.decide(charge, now_us, spent=False) for part, charge in pairs)
            if not all(decision.admitted for decision in found):
                self.exhausted += any(
                    isinstance(each.policy, Window) and not each.admitted for each in found
                )
                return Outcome(False, found, now_us)
            found = tuple(part.decide(charge, now_us, spent=True) for part, charge in pairs)
            for part, charge in pairs:
                if charge.cost:
                    part.spend(charge, now_us)
                    self._parts[tag, type(charge.policy), kept_as(charge.policy), charge.key] = part
        return Outcome(True, found, now_us)

    def debts(self) -> list[tuple[str, Charge]]:
        """What was spent, was not told yet and has not drained since, by tag.

        To be charged to Redis when it is back, as far as it still fits. What a window's reserve
        gave is remembered for that window, so that a Redis that comes and goes grants it once.
        """
        now_us = self._clock()
        with self._lock:
            parts = self._parts
            owed = [(tag, key, part, part.owed(now_us)) for (tag, _, _, key), part in parts.items()]
            self._parts = {
                at: part
                for at, part in parts.items()
                if isinstance(part, _WindowPart) and not part.is_idle(now_us)
            }
        return [(tag, Charge(part.policy, key, cost)) for tag, key, part, cost in owed if cost]

    def reset(self) -> None:
        """In a forked child: the parent settles what the parent spent."""
        self._parts = {}
        self._lock = Lock()

    def _part(self, tag: str, charge: Charge, now_us: int) -> "_Part":
        policy = charge.policy
        part = self._parts.get((tag, type(policy), kept_as(policy), charge.key))
        if part is not None:
            return part
        if isinstance(policy, Concurrency) or not self._has_room(now_us):
            return _NoPart(policy)
        if isinstance(policy, Rate):
            return _RatePart(policy, self._weight)
        return _WindowPart(policy, self._reserve)

    def _has_room(self, now_us: int) -> bool:
        if len(self._parts) >= self._most and now_us - self._swept_us >= _SWEEP_EVERY_US:
            self._swept_us = now_us
            owing = {at: part for at, part in self._parts.items() if not part.is_idle(now_us)}
            self._parts = owing
        return len(self._parts) < self._most


class _NoPart:
    """Nothing may be spent; asking is free."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy

    def decide(self, charge: Charge, now_us: int, *, spent: bool) -> Decision:
        limit, admitted = self.policy.limit, charge.cost == 0
        wait_ms = 0 if admitted else None
        return Decision(self.policy, charge.key, admitted, 0, limit, wait_ms, None)

    def spend(self, charge: Charge, now_us: int) -> None:
        raise AssertionError("nothing was admitted")

    def owed(self, now_us: int) -> int:
        return 0

    def is_idle(self, now_us: int) -> bool:
        return True


class _RatePart:
    """A rate's debt as it counts here, where a unit has a weight, and as Redis would count it."""

    def __init__(self, rate: Rate, weight: int) -> None:
        self.policy = rate
        self._weight = weight
        self._here = self._there = RateState()

    def decide(self, charge: Charge, now_us: int, *, spent: bool) -> Decision:
        policy, weight = self._seen(charge), self._weight
        debt = rate.debt_at(policy, self._here, now_us)
        weighed = charge._replace(cost=charge.cost * weight)
        decision = rate.decide(policy, weighed, debt, spent=spent)
        return decision._replace(
            remaining=decision.remaining // weight, used=-(-decision.used // weight), charge_id=""
        )

    def spend(self, charge: Charge, now_us: int) -> None:
        policy = self._seen(charge)
        self._here = rate.spend(policy, self._here, charge.cost * self._weight, now_us)
        self._there = rate.spend(policy, self._there, charge.cost, now_us)

    def owed(self, now_us: int) -> int:
        debt = rate.debt_at(self.policy, self._there, now_us)
        return -(-debt // self.policy.shares_per_unit)

    def is_idle(self, now_us: int) -> bool:
        return rate.debt_at(self.policy, self._here, now_us) == 0

    def _seen(self, charge: Charge) -> Rate:
        assert isinstance(charge.policy, Rate)
        self.policy = charge.policy  # a tier may change in the middle
        return charge.policy


class _WindowPart:
    """A window's reserve, itself a window: outages that follow each other do not add up.

    A window that refuses nothing has none, and only remembers what it will have to tell.
    """

    def __init__(self, window: Window, reserve: float) -> None:
        self.policy = window
        self._reserve = reserve
        self._state = WindowState()
        self._owed = 0

    def decide(self, charge: Charge, now_us: int, *, spent: bool) -> Decision:
        small = self._seen(charge)
        if not self.policy.refuses:
            return Decision(self.policy, charge.key, True, 0, 0, 0, None)
        if small is None:
            return _NoPart(self.policy).decide(charge, now_us, spent=spent)
        found = window.find(small, self._state, charge.cost, now_us)
        decision = window.decide(small, charge, found, now_us, spent=spent)
        return decision._replace(policy=self.policy, charge_id="")

    def spend(self, charge: Charge, now_us: int) -> None:
        small = self._seen(charge)
        if self.policy.refuses:
            assert small is not None, "nothing was admitted"
            self._state = window.spend(small, self._state, charge.cost, now_us)
        self._owed += charge.cost

    def owed(self, now_us: int) -> int:
        owed, self._owed = self._owed, 0
        return owed

    def is_idle(self, now_us: int) -> bool:
        return not (self._owed or window.at(self.policy, self._state, now_us).entries)

    def _seen(self, charge: Charge) -> Window | None:
        """The reserve of the limit as it stands, for a tier may change in the middle."""
        assert isinstance(charge.policy, Window)
        self.policy = charge.policy
        most = math.floor(self._reserve * self.policy.quantity + 1e-9)
        return replace(self.policy, quantity=most) if most else None


_Part = _NoPart | _RatePart | _WindowPart
