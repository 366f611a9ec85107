"""The three kinds of limit, and what one call charges to them."""

import re
from dataclasses import dataclass, field
from math import gcd
from typing import NamedTuple

_NAME = re.compile(r"[a-z][a-z0-9_.-]{0,47}")
_LOG = re.compile(r"([a-z][a-z0-9_./-]{0,63})?")
_UNITS = range(1, 10**9 + 1)
_MILLISECONDS = range(1, 10**11 + 1)
# Redis counts in doubles: below 2^50 every sum, product and remainder of the script is exact.
_EXACT = 2**50


@dataclass(frozen=True, slots=True)
class Rate:
    """A sustained rate with a burst: `quantity` units per `per_ms`, at most `burst` at once.

    GCRA, the generic cell rate algorithm (ITU-T I.371): a debt grows with every unit, drains
    evenly, and may never pass `burst` units. In any span of t milliseconds at most
    `burst + quantity * t / per_ms` units pass. The debt is counted in shares, each 1/`drain` of a
    microsecond, so that 3 per second is as exact as 10 per second.

    `few_subjects` says that it counts for an organisation, its keys or its routes, not for end
    users or addresses without number: Redis then keeps their states together, which is faster.

    Raises:
        ValueError: a number outside 1..10^9 units or 1..10^11 ms, a product too large to be
            exact, or a name that cannot stand in a header.
    """

    name: str
    quantity: int
    per_ms: int
    burst: int
    unit: str = "request"
    few_subjects: bool = False
    drain: int = field(init=False, repr=False, compare=False)
    shares_per_unit: int = field(init=False, repr=False, compare=False)
    capacity: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _check_names(self.name, self.unit)
        _check(self.name, self.quantity, _UNITS)
        _check(self.name, self.burst, _UNITS)
        _check(self.name, self.per_ms, _MILLISECONDS)
        per_us = self.per_ms * 1000
        common = gcd(self.quantity, per_us)
        object.__setattr__(self, "drain", self.quantity // common)
        object.__setattr__(self, "shares_per_unit", per_us // common)
        object.__setattr__(self, "capacity", self.burst * self.shares_per_unit)
        if self.capacity >= _EXACT:
            raise ValueError(f"{self.name}: a burst of {self.burst} is too large to count exactly")

    @property
    def limit(self) -> int:
        """The most units that pass at once."""
        return self.burst

    @property
    def window_ms(self) -> int:
        """How long an empty allowance takes to fill."""
        return -(-self.burst * self.per_ms // self.quantity)


@dataclass(frozen=True, slots=True)
class Window:
    """An exact rolling window: at most `quantity` units in any `per_ms`, and no refusal below that.

    `few_subjects` as for `Rate`. `log` names the charges that are remembered: its own while empty,
    or those of every window with that log, so that one goes on from what another was charged. One
    that does not refuse (`refuses`) only remembers, the newest `quantity` units at least: for the
    window to come that does, whose own quantity is no larger.

    Raises:
        ValueError: as for `Rate`.
    """

    name: str
    quantity: int
    per_ms: int
    unit: str = "request"
    few_subjects: bool = False
    log: str = ""
    refuses: bool = True

    def __post_init__(self) -> None:
        _check_names(self.name, self.unit)
        if not _LOG.fullmatch(self.log):
            raise ValueError(f"A log is named like `effects/3600000`: {self.log!r}")
        _check(self.name, self.quantity, _UNITS)
        _check(self.name, self.per_ms, _MILLISECONDS)

    @property
    def limit(self) -> int:
        """The most units inside any window."""
        return self.quantity

    @property
    def window_ms(self) -> int:
        """The length of the window."""
        return self.per_ms


@dataclass(frozen=True, slots=True)
class Concurrency:
    """At most `quantity` leases at one time; a lease that nobody renews ends after `lease_ms`.

    Raises:
        ValueError: as for `Rate`.
    """

    name: str
    quantity: int
    lease_ms: int
    unit: str = "request"

    def __post_init__(self) -> None:
        _check_names(self.name, self.unit)
        _check(self.name, self.quantity, _UNITS)
        _check(self.name, self.lease_ms, _MILLISECONDS)

    @property
    def limit(self) -> int:
        """The most leases at one time."""
        return self.quantity

    @property
    def window_ms(self) -> None:
        """Leases end when they are released, not after a window."""
        return None


Policy = Rate | Window | Concurrency


def kept_as(policy: Policy) -> str:
    """The name of its state: policies of one kind and name share it."""
    return policy.log or policy.name if isinstance(policy, Window) else policy.name


def refuses(policy: Policy) -> bool:
    """Whether it is a limit at all, and no mere memory of what was spent."""
    return not isinstance(policy, Window) or policy.refuses


class Charge(NamedTuple):
    """What one call costs under one policy, counted for one subject.

    `key` names the subject (an organisation, an API key, a route, an end user). `cost` is at
    least 0; 0 asks for the state. Leases cost 0 or 1 and carry the caller's own `lease_id`.
    """

    policy: Policy
    key: str
    cost: int = 1
    lease_id: str = ""


def _check_names(name: str, unit: str) -> None:
    for text in (name, unit):
        if not _NAME.fullmatch(text):
            raise ValueError(f"A policy and its unit are named like `effects-per-hour`: {text!r}")


def _check(name: str, value: int, allowed: range) -> None:
    if value not in allowed:
        raise ValueError(f"{name}: {value} is outside {allowed.start}..{allowed.stop - 1}")
