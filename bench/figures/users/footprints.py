"""What a user of the month takes up, and what the ten-millionth costs the others."""

import asyncio
import random
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from hashlib import md5
from typing import Final

from django.db import connection
from redis import Redis

from bench.figure import Better, Counted, Line, Sides, figure
from bench.figures.users.first_seen import NOW, database, organisation_of
from bench.peers import raw_events
from bench.processes import cpu_s
from bench.servers import Servers
from foundation.clock import month
from metering.models import Origin, UsageMonth
from metering.services import record_active_users
from ratelimit.protocol.wire import Plan, Seen
from ratelimit.store import AsyncStore, Store
from tenants.models import Organisation

BATCH: Final = 1_000
USERS: Final = 100_000
SMALL, LARGE = 10_000, 10_000_000
SEEN: Final = "live:mau:202611"
MONTH_MS: Final = 31 * 86_400_000
TOGETHER, FLIGHTS, TURNS = 32, 60, 5
ASKED: Final = 60  # batches of seen users that Postgres is asked about in a turn


@figure(
    "mau_bytes_per_user",
    kind=Counted(
        "bytes per user and month",
        Better.LOWER,
        more=(
            Line("disk", "bytes on disk", Better.LOWER),
            Line("redis", "bytes of Redis' memory", Better.LOWER),
        ),
    ),
    measures="100,000 users of a month: rows and index in Postgres, the seen set in Redis",
    peer="every event a row, its id unique: one event a user, and nothing in Redis",
    warm_up=False,
)
def bytes_per_user(servers: Servers) -> Iterator[Sides]:
    """Users come in batches of 1,000, as they do; nothing is packed afterwards."""
    with database(servers), Redis.from_url(servers.start_redis()) as redis:
        store = Store(servers.start_redis())

        def ours() -> tuple[float, ...]:
            organisation = organisation_of("Ours")
            disk, memory = _disk("metering_activeuser"), _memory(redis)
            for first in range(0, USERS, BATCH):
                users = [_hash(number) for number in range(first, first + BATCH)]
                _record(organisation, users)
                store.mark_seen(organisation.pk, SEEN, users, ttl_ms=MONTH_MS)
            disk = _disk("metering_activeuser") - disk
            memory = _memory(redis) - memory
            return (disk + memory) / USERS, disk / USERS, memory / USERS

        def peer() -> tuple[float, ...]:
            organisation, disk = organisation_of("Peer"), _disk("usage_rawevent")
            for first in range(0, USERS, BATCH):
                names = [f"fan-{number}" for number in range(first, first + BATCH)]
                raw_events.record(organisation.pk, names, NOW)
            disk = _disk("usage_rawevent") - disk
            return disk / USERS, disk / USERS, 0

        yield Sides(ours, peer)
        store.close()


@figure(
    "mau_growth",
    kind=Counted(
        "times the cost, ten million users to ten thousand",
        Better.LOWER,
        more=(
            Line("small", "µs of Redis' CPU per event", Better.LOWER),
            Line("large", "µs of Redis' CPU per event", Better.LOWER),
            Line("postgres", "times the cost where Redis has lost the set", Better.LOWER),
        ),
    ),
    measures="an event of a user who was seen: the decision in Redis, which touches no database",
    peer="a sketch, which does not know whom it has seen (Redis' HyperLogLog)",
)
def growth(servers: Servers) -> Iterator[Sides]:
    """Both organisations are in the same stores, and asked in turns."""
    with (
        database(servers),
        Redis.from_url(servers.start_redis()) as redis,
        asyncio.Runner() as loop,
    ):
        store = AsyncStore(servers.start_redis())
        sizes = {organisation_of(str(size)): size for size in (SMALL, LARGE)}
        for organisation, size in sizes.items():
            _fill_postgres(organisation, size)
            loop.run(_fill_redis(store, redis, organisation, size))
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE metering_activeuser")
            cursor.execute("CHECKPOINT")
        in_redis, in_postgres = servers.pids()

        def ours() -> tuple[float, ...]:
            small, large = _costs_us(
                [
                    partial(_decide, loop, store, organisation, size)
                    for organisation, size in sizes.items()
                ],
                in_redis,
                TOGETHER * FLIGHTS,
            )
            asked = _costs_us(
                [partial(_ask, organisation, size) for organisation, size in sizes.items()],
                in_postgres,
                ASKED * BATCH,
            )
            return large / small, small, large, asked[1] / asked[0]

        def peer() -> tuple[float, ...]:
            small, large = _costs_us(
                [partial(_sketch, redis, each.pk, size) for each, size in sizes.items()],
                in_redis,
                TOGETHER * FLIGHTS,
            )
            return large / small, small, large, large / small

        yield Sides(ours, peer)
        loop.run(store.aclose())


def _costs_us(works: Sequence[Callable[[], None]], pid: int, events: int) -> list[float]:
    """Of each work, the least of some turns: whoever else works on the machine only ever adds."""
    least = [float("inf")] * len(works)
    for turn in range(TURNS):
        for at in list(range(len(works)))[:: 1 if turn % 2 else -1]:
            before = cpu_s(pid)
            works[at]()
            least[at] = min(least[at], (cpu_s(pid) - before) / events * 1e6)
    return least


def _decide(loop: asyncio.Runner, store: AsyncStore, organisation: Organisation, size: int) -> None:
    loop.run(_decide_together(store, Plan(organisation.pk, []), size))


async def _decide_together(store: AsyncStore, plan: Plan, size: int) -> None:
    for _ in range(FLIGHTS):
        answers = await asyncio.gather(
            *(store.decide(plan, seen=Seen(SEEN, [_anyone(size)])) for _ in range(TOGETHER))
        )
        assert not any(answer.unseen for answer in answers)


def _ask(organisation: Organisation, size: int) -> None:
    for _ in range(ASKED):
        assert _record(organisation, list({_anyone(size) for _ in range(BATCH)})) == 0


def _sketch(redis: "Redis", tag: str, size: int) -> None:
    for _ in range(FLIGHTS):
        pipeline = redis.pipeline(transaction=False)
        for _ in range(TOGETHER):
            pipeline.pfadd(f"sketch:{tag}", _anyone(size))
        pipeline.execute()


def _record(organisation: Organisation, users: list[bytes]) -> int:
    return record_active_users(organisation=organisation, livemode=True, users=users, now=NOW).new


async def _fill_redis(
    store: AsyncStore, redis: "Redis", organisation: Organisation, size: int
) -> None:
    for first in range(0, size, BATCH):
        users = [_hash(number) for number in range(first, first + BATCH)]
        await store.mark_seen(organisation.pk, SEEN, users, ttl_ms=MONTH_MS)
        redis.pfadd(f"sketch:{organisation.pk}", *users)


def _fill_postgres(organisation: Organisation, size: int) -> None:
    """As `_record` would, and much faster: the index is made at the end."""
    row = UsageMonth.objects.create(
        organisation=organisation, livemode=True, month=month(NOW), mau=size
    )
    origin, _ = Origin.objects.get_or_create(operation="", key_id="", family="", late=False)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE metering_activeuser DROP CONSTRAINT metering_activeuser_pkey")
        cursor.execute(_FILL, [NOW, row.pk, origin.pk, size])
        cursor.execute(
            "ALTER TABLE metering_activeuser ADD CONSTRAINT metering_activeuser_pkey "
            "PRIMARY KEY (usage_month_id, user_hash)"
        )


_FILL = """
    INSERT INTO metering_activeuser (first_seen_at, usage_month_id, origin_id, user_hash)
    SELECT %s, %s, %s, md5(n::text)::uuid FROM generate_series(0, %s - 1) AS n
"""


def _hash(number: int) -> bytes:
    return md5(b"%d" % number).digest()  # which Postgres makes, too


def _anyone(size: int) -> bytes:
    return _hash(random.randrange(size))


def _disk(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_total_relation_size(%s)", [table])
        return int(cursor.fetchone()[0])


def _memory(redis: "Redis") -> int:
    return int(redis.info("memory")["used_memory"])
