"""What a decision costs as the platform grows."""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from typing import Final, Self

from bench import population
from bench.figure import Better, Counted, Line, Sides, figure, versioned
from bench.processes import cpu_s
from bench.servers import Servers, set_up_django

SIZES: Final = {10: 10_000, 1_000: 10_000, 100_000: 1_000_000}  # organisations: keys
WITHIN_S = 180.0
TURNS = 10  # of each size in a round
DECIDED, READ, THEIRS = 1_000, 100, 100  # per turn

Decide = Callable[[int], None]
COST: Final = "µs of CPU per decision"


@figure(
    "gate_growth",
    kind=Counted(
        "times the cost, 100,000 organisations to 10",
        Better.LOWER,
        more=(
            Line("10", COST, Better.LOWER),
            Line("1000", COST, Better.LOWER),
            Line("100000", COST, Better.LOWER),
            Line("read", "times the cost of reading a key", Better.LOWER),
        ),
    ),
    measures="verify a key and decide, in our process, Redis and Postgres together",
    peer=f"{versioned('djangorestframework-api-key')} and a throttle",
)
def growth(servers: Servers) -> Iterator[Sides]:
    """5,000 keys are in use at every size, drawn at random and spread over all organisations."""
    sizes = [_Platform(servers, number, *size) for number, size in enumerate(SIZES.items())]
    with ExitStack() as ends:
        for size in sizes:
            ends.enter_context(size)

        def ours() -> tuple[float, ...]:
            known = _costs_us(sizes, population.decide, DECIDED)
            read = _costs_us(sizes, population.read, READ)
            return (known[-1] / known[0], *known, read[-1] / read[0])

        def peer() -> tuple[float, ...]:
            costs = _costs_us(sizes, population.decide_theirs, THEIRS)
            return (costs[-1] / costs[0], *costs, costs[-1] / costs[0])

        yield Sides(ours, peer)


class _Platform:
    """A population in a process of its own, with a database and a Redis of its own."""

    def __init__(self, servers: Servers, number: int, organisations: int, keys: int) -> None:
        addresses = servers.beside(f"growth_{organisations}", number)
        self._stores = servers.pids()
        self._process = ProcessPoolExecutor(
            max_workers=1,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=set_up_django,
            initargs=(addresses,),
        )
        self._settled = self._process.submit(population.settle, organisations, keys)

    def __enter__(self) -> Self:
        self._pids = (self._settled.result(WITHIN_S), *self._stores)
        return self

    def __exit__(self, *raised: object) -> None:
        self._process.shutdown(cancel_futures=True)

    def cost_s(self, decide: Decide, number: int) -> float:
        """Seconds of processor time for so many decisions, here and in both stores."""
        before = sum(cpu_s(pid) for pid in self._pids)
        self._process.submit(decide, number).result(WITHIN_S)
        return sum(cpu_s(pid) for pid in self._pids) - before


def _costs_us(platforms: Sequence[_Platform], decide: Decide, number: int) -> list[float]:
    """What a decision costs on each platform; in turns, so that what drifts meets all alike."""
    spent_s = dict.fromkeys(range(len(platforms)), 0.0)
    for turn in range(TURNS):
        for at in list(spent_s)[:: 1 if turn % 2 else -1]:
            spent_s[at] += platforms[at].cost_s(decide, number)
    return [each / (TURNS * number) * 1e6 for each in spent_s.values()]
