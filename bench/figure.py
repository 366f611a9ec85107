"""What a figure is: a name, a unit, a direction, and two sides that do the same work."""

import importlib.metadata
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bench.servers import Servers


class NoSuchFigure(LookupError):
    """A prefix that no figure's name has."""


class Better(StrEnum):
    HIGHER = "higher"
    LOWER = "lower"


class Clock(StrEnum):
    """Which time of a timed figure counts: this process's processor time, or the time that passes.

    Processor time is fairer on a shared machine, and blind to what other processes do for us.
    """

    CPU = "cpu"
    WALL = "wall"


UNITS_PER_SECOND: Final = {"s": 1.0, "ms": 1e3, "µs": 1e6}


@dataclass(frozen=True)
class Timed:
    """The runner times each call of a side, which returns how many units of work it did."""

    clock: Clock
    unit: str
    per: str

    def unit_of(self, clock: Clock) -> str:
        return f"{self.unit} per {self.per} ({clock})"


@dataclass(frozen=True)
class Line:
    """A further line of a figure, named `{figure}_{name}`."""

    name: str
    unit: str
    better: Better


@dataclass(frozen=True)
class Counted:
    """Each call of a side returns the value itself; with `more`, a tuple: it, then theirs."""

    unit: str
    better: Better
    more: tuple[Line, ...] = ()


Value = float | tuple[float, ...]


@dataclass(frozen=True)
class Sides:
    """One round of ours and one of the peer's, on the same input."""

    ours: Callable[[], Value]
    peer: Callable[[], Value]


Setting = Callable[[Servers], AbstractContextManager[Sides]]


@dataclass(frozen=True)
class Figure:
    """`setting` sets up both sides and tears them down; `measures` is one sentence for a reader.

    `peer` says with whom we are compared. With `warm_up` each side runs once unmeasured.
    """

    name: str
    measures: str
    peer: str
    kind: Timed | Counted
    setting: Setting
    warm_up: bool = True


def figure(
    name: str, *, kind: Timed | Counted, measures: str, peer: str, warm_up: bool = True
) -> Callable[[Callable[[Servers], Iterator[Sides]]], Figure]:
    """Make a figure of a generator that sets up, yields the two sides, and tears down."""

    def build(setting: Callable[[Servers], Iterator[Sides]]) -> Figure:
        return Figure(name, measures, peer, kind, contextmanager(setting), warm_up)

    return build


def versioned(distribution: str) -> str:
    """The peer's name with its installed version, such as `pyloudnorm 0.2.0`."""
    return f"{distribution} {importlib.metadata.version(distribution)}"


def named(figures: Sequence[Figure], prefix: str) -> list[Figure]:
    """The figures whose name begins with `prefix`, all for an empty one; raises NoSuchFigure."""
    found = [figure for figure in figures if figure.name.startswith(prefix)]
    if not found:
        known = "\n  ".join(figure.name for figure in figures)
        raise NoSuchFigure(f"No figure's name begins with {prefix!r}. There are:\n  {known}")
    return found
