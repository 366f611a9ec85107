"""Deciding a call under three limits, and how many calls a race lets through."""

import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from limits import RateLimitItemPerDay, RateLimitItemPerHour, RateLimitItemPerSecond
from limits.storage import RedisStorage
from limits.strategies import MovingWindowRateLimiter

from bench.figure import Better, Clock, Counted, Sides, Timed, figure, versioned
from bench.peers.drf import Throttles
from bench.servers import Servers
from ratelimit.rules import Charge, Rate, Window
from ratelimit.store import Store

SUBJECTS = 200
DECISIONS = 500
SECOND_MS, HOUR_MS, DAY_MS = 1_000, 3_600_000, 86_400_000
POLICIES = (
    Rate("requests", 100, SECOND_MS, burst=200),
    Window("effects", 500, HOUR_MS),
    Window("daily", 10_000, DAY_MS),
)
RACE_LIMIT, RACERS, TRIES = 500, 8, 100

Admit = Callable[[str], bool]


@figure(
    "limit_decision_vs_drf_throttle",
    kind=Timed(Clock.WALL, "µs", per="decision"),
    measures="one call under three limits: 100/s, 500/h and 10,000/day, all of which admit it",
    peer=f"{versioned('djangorestframework')}, a throttle per limit",
)
def against_drf(servers: Servers) -> Iterator[Sides]:
    """Django's own Redis cache with hiredis, over the same unix socket as ours."""
    rates = [("requests", "100/s"), ("effects", "500/h"), ("daily", "10000/d")]
    throttles = Throttles(servers.start_redis(), rates)
    yield Sides(_decide(_ours(servers, "drf")), _decide(throttles.admit))
    throttles.close()


@figure(
    "limit_decision_vs_limits",
    kind=Timed(Clock.WALL, "µs", per="decision"),
    measures="the same call under the same three limits",
    peer=f"{versioned('limits')}, a moving window per limit",
)
def against_limits(servers: Servers) -> Iterator[Sides]:
    """Its exact strategy, whose script is kept in Redis as ours is."""
    limiter = MovingWindowRateLimiter(RedisStorage(f"redis+{servers.start_redis()}"))
    items = [RateLimitItemPerSecond(100), RateLimitItemPerHour(500), RateLimitItemPerDay(10_000)]

    def admit(subject: str) -> bool:
        return all(limiter.hit(item, subject) for item in items)

    yield Sides(_decide(_ours(servers, "limits")), _decide(admit))


@figure(
    "limit_over_admission",
    kind=Counted("admitted per unit allowed", Better.LOWER),
    measures="eight threads race for a limit of 500 in an hour; 1 is exact, above it is too many",
    peer=f"{versioned('djangorestframework')}, one throttle",
    warm_up=False,
)
def over_admission(servers: Servers) -> Iterator[Sides]:
    """A throttle reads, decides and writes in three steps; ours is one step inside Redis."""
    throttles = Throttles(servers.start_redis(), [("race", f"{RACE_LIMIT}/h")])
    policy = Window("race", RACE_LIMIT, HOUR_MS)
    store = Store(servers.start_redis())

    def ours(subject: str) -> bool:
        return store.admit(subject, [Charge(policy, "race")]).admitted

    yield Sides(_race(ours), _race(throttles.admit))
    throttles.close()


def _ours(servers: Servers, mark: str) -> Admit:
    store = Store(servers.start_redis())
    charges = [Charge(policy, mark) for policy in POLICIES]

    def admit(subject: str) -> bool:
        return store.admit(subject, charges).admitted

    return admit


def _decide(admit: Admit) -> Callable[[], float]:
    """A round of decisions, spread over the subjects so that every one is admitted."""
    subjects = itertools.cycle(f"subject{number}" for number in range(SUBJECTS))

    def decide() -> float:
        for subject in itertools.islice(subjects, DECISIONS):
            assert admit(subject), "a limit of this figure was reached: the decisions differ"
        return DECISIONS

    return decide


def _race(admit: Admit) -> Callable[[], float]:
    """A race on a fresh subject each round; what was admitted over what was allowed."""
    subjects = (f"race{number}" for number in itertools.count())

    def race() -> float:
        subject = next(subjects)

        def racer() -> int:
            return sum(admit(subject) for _ in range(TRIES))

        with ThreadPoolExecutor(RACERS) as threads:
            admitted = sum(run.result() for run in [threads.submit(racer) for _ in range(RACERS)])
        assert admitted >= RACE_LIMIT, f"{RACE_LIMIT - admitted} were refused that had to pass"
        return admitted / RACE_LIMIT

    return race
