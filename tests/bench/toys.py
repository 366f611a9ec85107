"""A clock that only moves when told, and figures that move it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from itertools import cycle

from bench.figure import Better, Clock, Counted, Figure, Sides, Timed, figure
from bench.runner import Clocks
from bench.servers import Servers


class Hand:
    """Moves both clocks by hand; the processor works half of the time."""

    def __init__(self) -> None:
        self.wall_s = 0.0

    def advance(self, seconds: float) -> None:
        self.wall_s += seconds

    @property
    def clocks(self) -> Clocks:
        return Clocks(cpu=lambda: self.wall_s / 2, wall=lambda: self.wall_s)


def timed(
    hand: Hand,
    *,
    ours_s: Sequence[float],
    peer_s: Sequence[float],
    work: float = 1.0,
    calls: list[str] | None = None,
    warm_up: bool = False,
) -> Figure:
    """A figure whose sides take the given seconds in turn, for `work` units each."""

    def side(name: str, durations: Sequence[float]) -> Callable[[], float]:
        turns = cycle(durations)

        def work_on() -> float:
            if calls is not None:
                calls.append(name)
            hand.advance(next(turns))
            return work

        return work_on

    @figure(
        "toy_timed",
        kind=Timed(Clock.WALL, "ms", per="job"),
        measures="nothing",
        peer="a toy",
        warm_up=warm_up,
    )
    def toy(servers: Servers) -> Iterator[Sides]:
        yield Sides(side("ours", ours_s), side("peer", peer_s))

    return toy


def counted(name: str, better: Better, *, ours: float, peer: float) -> Figure:
    """A figure whose sides return the same value every time."""

    @figure(name, kind=Counted("points", better), measures="nothing", peer="a toy", warm_up=False)
    def toy(servers: Servers) -> Iterator[Sides]:
        yield Sides(lambda: ours, lambda: peer)

    return toy


def failing(name: str, error: Exception) -> Figure:
    """A figure that cannot be set up."""

    def setting(servers: Servers) -> AbstractContextManager[Sides]:
        raise error

    return replace(counted(name, Better.HIGHER, ours=1, peer=1), setting=setting)
