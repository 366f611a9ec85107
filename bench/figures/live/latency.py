"""How long a frame takes to its score, and what a stream costs when there are many."""

from collections.abc import Callable, Iterator
from typing import Final

from bench.figure import Better, Counted, Line, Sides, figure
from bench.processes import cpu_s
from bench.servers import Servers
from bench.stage import Live, stage

SECONDS: Final = 5.0
FEW, SOME, MANY = 10, 100, 300
CHANNELS: Final = "a Channels consumer per microphone, which measures each frame as it comes"
LATENCY: Final = Counted("ms (p99)", Better.LOWER, more=(Line("p50", "ms (p50)", Better.LOWER),))


@figure(
    "live_p99_ms_100",
    kind=LATENCY,
    measures="frame sent to score received, 100 streams of 20 ms frames on one core",
    peer=CHANNELS,
)
def with_100(servers: Servers) -> Iterator[Sides]:
    """The sender, Postgres and Redis have the other cores."""
    yield from _latency(servers, SOME)


@figure(
    "live_p99_ms_300",
    kind=LATENCY,
    measures="the same with 300 streams",
    peer=CHANNELS,
)
def with_300(servers: Servers) -> Iterator[Sides]:
    """See `with_100`."""
    yield from _latency(servers, MANY)


@figure(
    "live_growth",
    kind=Counted(
        "times the processor time per stream",
        Better.LOWER,
        more=(Line("cpu_ms", "ms of CPU per stream and second", Better.LOWER),),
    ),
    measures="what a stream costs among 300, over what it costs among 10",
    peer=f"among 100, {CHANNELS}",
)
def growth(servers: Servers) -> Iterator[Sides]:
    """The peer cannot hear 300."""
    with stage(servers) as at:
        yield Sides(_growth(at.live(streams=MANY), MANY), _growth(at.channels(), SOME))


def _latency(servers: Servers, streams: int) -> Iterator[Sides]:
    with stage(servers) as at:
        yield Sides(_p99(at.live(streams=streams), streams), _p99(at.channels(), streams))


def _p99(live: Live, streams: int) -> Callable[[], tuple[float, ...]]:
    def measured() -> tuple[float, ...]:
        sung = live.sung(streams, seconds=SECONDS)
        return sung.p99_ms, sung.p50_ms

    return measured


def _growth(live: Live, many: int) -> Callable[[], tuple[float, ...]]:
    def cost_ms(streams: int) -> float:
        """Of one stream a second, with its share of the connecting."""
        before = cpu_s(live.pid)
        live.sung(streams, seconds=SECONDS)
        return 1000 * (cpu_s(live.pid) - before) / (streams * SECONDS)

    def measured() -> tuple[float, ...]:
        among_few, among_many = cost_ms(FEW), cost_ms(many)
        return among_many / among_few, among_many

    return measured
