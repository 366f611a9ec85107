"""Runs both sides of a figure in turn, and keeps the medians."""

import os
import platform
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TypeVar

from bench.figure import UNITS_PER_SECOND, Better, Clock, Counted, Figure, Sides, Timed, Value
from bench.servers import Servers

Now = Callable[[], float]
Reading = dict[Clock, float]
Sample = TypeVar("Sample")


@dataclass(frozen=True)
class Clocks:
    """Where seconds are read from; tests bring their own."""

    cpu: Now = time.process_time
    wall: Now = time.perf_counter

    def read(self) -> Reading:
        return {Clock.CPU: self.cpu(), Clock.WALL: self.wall()}


@dataclass(frozen=True)
class Result:
    """One line of `bench/results.json`.

    `ratio` says how many times better ours is, whichever direction is better: above 1 we lead,
    below 1 the peer does. It is None where one side is zero.
    """

    name: str
    value: float
    unit: str
    peer: str
    peer_value: float
    ratio: float | None
    rounds: int
    machine: str


def run(figure: Figure, servers: Servers, *, rounds: int, clocks: Clocks) -> list[Result]:
    """Measure a figure: its own line first, then the other clock's or those it names besides."""
    with figure.setting(servers) as sides:
        if figure.warm_up:
            sides.ours()
            sides.peer()
        if isinstance(figure.kind, Counted):
            return list(_counted(figure, figure.kind, sides, rounds))
        return list(_timed(figure, figure.kind, sides, rounds, clocks))


def _counted(figure: Figure, kind: Counted, sides: Sides, rounds: int) -> Iterator[Result]:
    ours, peers = _interleaved(sides.ours, sides.peer, rounds)
    names = [figure.name, *(f"{figure.name}_{line.name}" for line in kind.more)]
    facts = [(kind.unit, kind.better), *((line.unit, line.better) for line in kind.more)]
    mine, theirs = _columns(ours, len(names)), _columns(peers, len(names))
    for name, (unit, better), value, peer_value in zip(names, facts, mine, theirs, strict=True):
        yield _result(figure, name, unit, better, value, peer_value)


def _columns(values: Sequence[Value], count: int) -> list[list[float]]:
    """The samples of each line, from what a side returned in each round."""
    rows = [value if isinstance(value, tuple) else (value,) for value in values]
    assert all(len(row) == count for row in rows), "a value for each line"
    return [list(column) for column in zip(*rows, strict=True)]


def _timed(
    figure: Figure, kind: Timed, sides: Sides, rounds: int, clocks: Clocks
) -> Iterator[Result]:
    ours, peers = _interleaved(
        lambda: _stopwatch(sides.ours, clocks), lambda: _stopwatch(sides.peer, clocks), rounds
    )
    scale = UNITS_PER_SECOND[kind.unit]
    for clock in sorted(Clock, key=lambda clock: clock != kind.clock):
        name = figure.name if clock == kind.clock else f"{figure.name}_{clock}"
        yield _result(
            figure,
            name,
            kind.unit_of(clock),
            Better.LOWER,
            [reading[clock] * scale for reading in ours],
            [reading[clock] * scale for reading in peers],
        )


def _interleaved(
    ours: Callable[[], Sample], peer: Callable[[], Sample], rounds: int
) -> tuple[list[Sample], list[Sample]]:
    """Both sides in every round, and each goes first in turn: what drifts meets both alike."""
    mine: list[Sample] = []
    theirs: list[Sample] = []
    for number in range(rounds):
        turns = [(ours, mine), (peer, theirs)]
        for side, samples in turns if number % 2 == 0 else reversed(turns):
            samples.append(side())
    return mine, theirs


def _stopwatch(side: Callable[[], Value], clocks: Clocks) -> Reading:
    """Seconds per unit of work, on both clocks."""
    before = clocks.read()
    work = side()
    after = clocks.read()
    assert not isinstance(work, tuple), "a timed side returns how much work it did"
    return {clock: (after[clock] - before[clock]) / work for clock in Clock}


def _result(
    figure: Figure, name: str, unit: str, better: Better, ours: list[float], peers: list[float]
) -> Result:
    value, peer_value = median(ours), median(peers)
    return Result(
        name,
        value,
        unit,
        figure.peer,
        peer_value,
        ratio(value, peer_value, better),
        len(ours),
        machine(),
    )


def ratio(value: float, peer_value: float, better: Better) -> float | None:
    """How many times better `value` is than `peer_value`; None where one of them is zero."""
    if not value or not peer_value:
        return None
    return value / peer_value if better is Better.HIGHER else peer_value / value


def machine() -> str:
    """This machine in plain text: processor, cores, Python."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{_processor()}, {os.cpu_count()} cores, {python}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()
