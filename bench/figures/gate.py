"""What a request costs the server that answers it, behind our gate, behind others', behind none."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from bench.figure import Better, Counted, Line, Sides, figure, versioned
from bench.load import request
from bench.processes import cpu_s
from bench.servers import Servers
from bench.stage import UVICORN, Endpoint, stage

CONNECTIONS = 32
TURNS = 3  # per round
FAST, MIDDLE, SLOW = 4_000, 2_000, 800  # answers per turn, of servers that take longer each
WARM = 300  # answers before each round
ALONE = 500  # answers per round on one connection
TYPICAL: Final = f"{versioned('djangorestframework-api-key')}, throttle, a row per call"
COST: Final = Counted(
    "µs of CPU per request",
    Better.LOWER,
    more=(
        Line("rps", "requests per second", Better.HIGHER),
        Line("stores", "µs of CPU in Redis and Postgres", Better.LOWER),
    ),
)

Round = Callable[[], tuple[float, ...]]


@figure(
    "gate_vs_typical",
    kind=COST,
    measures="a fan's activity reported to `tifo sockets`, every decision exact in Redis",
    peer=TYPICAL,
)
def against_typical(servers: Servers) -> Iterator[Sides]:
    """As many keys on both sides; each asks so seldom that the throttle's histories stay short."""
    with stage(servers) as at:
        yield Sides(
            _cost(servers, at.hot(), FAST),
            _cost(servers, at.peer("/typical"), SLOW),
        )


@figure(
    "gate_vs_empty_view",
    kind=COST,
    measures="the same, against a view that does nothing for anybody",
    peer=f"{versioned('django')}, an empty sync view",
)
def against_empty_view(servers: Servers) -> Iterator[Sides]:
    """A synchronous view: an asynchronous one costs several times more."""
    with stage(servers) as at:
        yield Sides(
            _cost(servers, at.hot(), FAST),
            _cost(servers, at.peer("/empty"), FAST),
        )


@figure(
    "gate_vs_empty_view_uvicorn",
    kind=COST,
    measures="the same, with the empty view on the server of the hot endpoint",
    peer=f"{versioned('django')}, an empty sync view on {versioned('uvicorn')}, a2wsgi's threads",
)
def against_empty_view_on_uvicorn(servers: Servers) -> Iterator[Sides]:
    """The same server class on both sides; granian, in `against_empty_view`, is the leaner."""
    with stage(servers) as at:
        yield Sides(
            _cost(servers, at.hot(), FAST),
            _cost(servers, at.peer("/empty", server=UVICORN), FAST),
        )


@figure(
    "gate_drf_vs_drf",
    kind=COST,
    measures="a view of Django REST framework behind the gate, rates debited ahead",
    peer="the same view, ungated",
)
def drf_prefetching(servers: Servers) -> Iterator[Sides]:
    """The rest of the settings is the same, and neither side has middleware."""
    yield from _gated_against_ungated(servers, prefetch=True)


@figure(
    "gate_drf_exact_vs_drf",
    kind=COST,
    measures="the same with a decision in Redis for every call",
    peer="the same view, ungated",
)
def drf_exact(servers: Servers) -> Iterator[Sides]:
    """See `drf_prefetching`."""
    yield from _gated_against_ungated(servers, prefetch=False)


@figure(
    "gate_added_p50_ms",
    kind=Counted("ms added to the median answer", Better.LOWER),
    measures="the hot endpoint less an ungated one of the same server, idle, on one connection",
    peer=f"{TYPICAL}, less a bare view",
)
def added_latency(servers: Servers) -> Iterator[Sides]:
    """Both answers of a difference come from one server, one after the other in each round."""
    with stage(servers) as at:
        hot, typical = at.hot(), at.peer("/typical")
        alive = request("GET", "/livez", headers={})
        yield Sides(
            _added_p50_ms(hot, replace(hot, requests=[alive], status=200)),
            _added_p50_ms(typical, typical.asked("/bare", ["Api-Key nobody-asks"])),
        )


def _gated_against_ungated(servers: Servers, *, prefetch: bool) -> Iterator[Sides]:
    with stage(servers) as at:
        yield Sides(
            _cost(servers, at.gated(prefetch=prefetch), MIDDLE),
            _cost(servers, at.ungated(), MIDDLE),
        )


def _cost(servers: Servers, endpoint: Endpoint, answers: int) -> Round:
    """Per request, as `COST` names it.

    The best of some turns, on both sides: whoever else works on the machine only ever slows.
    """
    stores = servers.pids()

    def used_s() -> tuple[float, float]:
        return cpu_s(endpoint.pid), sum(cpu_s(store) for store in stores)

    def turn() -> tuple[float, ...]:
        server_before, stores_before = used_s()
        answered = endpoint.fire(answers=answers, connections=CONNECTIONS)
        server_after, stores_after = used_s()
        return (
            (server_after - server_before) / answers * 1e6,
            answers / answered.wall_s,
            (stores_after - stores_before) / answers * 1e6,
        )

    def cost() -> tuple[float, ...]:
        # What a process forgot while the other side had its turns is no part of a steady load.
        endpoint.fire(answers=WARM, connections=CONNECTIONS)
        return min(turn() for _ in range(TURNS))

    return cost


def _added_p50_ms(gated: Endpoint, ungated: Endpoint) -> Callable[[], float]:
    def added() -> float:
        pair = [each.fire(answers=ALONE, connections=1).p50_ms for each in (gated, ungated)]
        return pair[0] - pair[1]

    return added
