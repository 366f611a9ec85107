"""What a decision costs Redis itself."""

import asyncio
import random
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from limits import (
    RateLimitItem,
    RateLimitItemPerHour,
    RateLimitItemPerMinute,
    RateLimitItemPerSecond,
)
from limits.storage import RedisStorage
from limits.strategies import MovingWindowRateLimiter
from redis import Redis

from bench.figure import Better, Counted, Sides, figure, versioned
from bench.servers import Servers
from ratelimit.protocol.wire import Epoch, Plan
from ratelimit.rules import Charge, Rate
from ratelimit.store import AsyncStore

SECOND_MS, MINUTE_MS, HOUR_MS = 1_000, 60_000, 3_600_000
ORGANISATIONS, FANS = 1_000, 5  # of each organisation, all of them active
TOGETHER, FLIGHTS = 32, 25  # calls of one tick, ticks of a turn
THEIR_DECISIONS = 100
TURNS = 10
EPOCH: Final = Epoch(1)
# Wide, so that every decision admits and spends: a refusal is cheaper.
PER_SECOND: Final = Rate("requests", 10**5, SECOND_MS, burst=10**5, few_subjects=True)
PER_HOUR: Final = Rate("sustained", 10**8, HOUR_MS, burst=10**7, few_subjects=True)
PER_KEY: Final = Rate("key", 10**5, SECOND_MS, burst=10**5, few_subjects=True)
PER_ROUTE: Final = Rate("route", 10**5, SECOND_MS, burst=10**5, few_subjects=True)
PER_FAN: Final = Rate("fan", 10**4, MINUTE_MS, burst=10**4)
THEIRS: Final[tuple[RateLimitItem, ...]] = (
    RateLimitItemPerSecond(10**5),
    RateLimitItemPerHour(10**7),
    RateLimitItemPerSecond(10**5),
    RateLimitItemPerSecond(10**5),
    RateLimitItemPerMinute(10**4),
)


@figure(
    "gate_redis_decisions_per_core",
    kind=Counted("decisions per second of Redis' CPU", Better.HIGHER),
    measures="the epoch and five rates: organisation by second and hour, key, route, end user",
    peer=f"{versioned('limits')}, a moving window per limit",
)
def in_redis(servers: Servers) -> Iterator[Sides]:
    """Ours as the asynchronous store sends them: the calls of one tick in one write."""
    url = servers.start_redis()
    limiter = MovingWindowRateLimiter(RedisStorage(f"redis+{url}"))
    with Redis.from_url(url) as redis, asyncio.Runner() as loop:
        store = AsyncStore(url)
        loop.run(_publish_epochs(store))
        yield Sides(
            partial(_per_second, redis, lambda: loop.run(_decide_together(store))),
            partial(_per_second, redis, lambda: _decide_one_by_one(limiter)),
        )
        loop.run(store.aclose())


async def _publish_epochs(store: AsyncStore) -> None:
    for organisation in range(ORGANISATIONS):
        await store.raise_epoch(_tag(organisation), EPOCH.number)


async def _decide_together(store: AsyncStore) -> int:
    for _ in range(FLIGHTS):
        plans = [_some_plan() for _ in range(TOGETHER)]
        answers = await asyncio.gather(*(store.decide(plan, epoch=EPOCH) for plan in plans))
        assert all(answer.admitted for answer in answers), "a limit was reached"
    return FLIGHTS * TOGETHER


def _decide_one_by_one(limiter: MovingWindowRateLimiter) -> int:
    for _ in range(THEIR_DECISIONS):
        plan = _some_plan()
        subjects = [f"{plan.tag}:{charge.key}" for charge in plan.charges]
        asked = zip(THEIRS, subjects, strict=True)
        assert all(limiter.hit(item, subject) for item, subject in asked), "a limit was reached"
    return THEIR_DECISIONS


def _some_plan() -> Plan:
    organisation = random.randrange(ORGANISATIONS)
    fan = random.randrange(FANS)
    return Plan(
        _tag(organisation),
        [
            Charge(PER_SECOND, "live"),
            Charge(PER_HOUR, "live"),
            Charge(PER_KEY, f"live:key:key_{organisation:026}"),
            Charge(PER_ROUTE, "live:route:POST /v1/effects"),
            Charge(PER_FAN, f"live:user:{fan:032x}"),
        ],
    )


def _tag(organisation: int) -> str:
    return f"org_{organisation:026}"


def _per_second(redis: Redis, decide: Callable[[], int]) -> float:
    """Decisions per second that Redis' process computes, its reading and writing included.

    The best of some turns, on both sides: whoever shares the machine's caches only ever slows.
    """
    return max(_turn(redis, decide) for _ in range(TURNS))


def _turn(redis: Redis, decide: Callable[[], int]) -> float:
    before_s = _cpu_s(redis)
    decided = decide()
    return decided / (_cpu_s(redis) - before_s)


def _cpu_s(redis: Redis) -> float:
    used = redis.info("cpu")
    return float(used["used_cpu_user"] + used["used_cpu_sys"])
