"""Claiming jobs under fair queueing, beside a queue that is first come, first served."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from multiprocessing import get_context
from typing import Final

import django
from django.core.management import call_command
from django.db import connection

from bench.figure import Better, Counted, Sides, figure
from bench.servers import Servers
from foundation.clock import now
from foundation.ids import new_id
from jobs import services
from jobs.rules import queue_name

QUEUE: Final = queue_name("cpu")
ORGANISATIONS: Final = 1_000
JOBS: Final = 24  # of each: four have their turn, twenty wait behind them
CLIENTS: Final = 4
CLAIMS: Final = 800  # of each client, in a round


@figure(
    "fair_claims_per_s",
    kind=Counted("claims per second", Better.HIGHER),
    measures="fair claims by 4 workers of 24,000 jobs of 1,000 organisations, events and all",
    peer="oldest first, FOR UPDATE SKIP LOCKED, and nothing else",
)
def fair_claims(servers: Servers) -> Iterator[Sides]:
    """Each round claims from the same jobs."""
    servers.start_postgres()
    servers.start_redis()
    call_command("migrate", verbosity=0, skip_checks=True)
    with connection.cursor() as cursor:
        cursor.execute(_ORGANISATIONS, [ORGANISATIONS])
    spawned = get_context("spawn")
    with ProcessPoolExecutor(CLIENTS, mp_context=spawned, initializer=django.setup) as clients:
        yield Sides(lambda: _claims(clients, fair), lambda: _claims(clients, oldest))
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE bench_queue")
        cursor.execute("TRUNCATE jobs_job, jobs_queue, jobs_share, foundation_event CASCADE")
    connection.close()


def _claims(clients: Executor, client: Callable[[int], int]) -> float:
    _fill()
    assert sum(clients.map(client, [20] * CLIENTS)) == 20 * CLIENTS  # connected, and warm
    began = time.perf_counter()
    taken = sum(clients.map(client, [CLAIMS] * CLIENTS))
    took = time.perf_counter() - began
    assert taken == CLAIMS * CLIENTS
    return taken / took


def fair(many: int) -> int:
    """Claim so many as a worker does; how many there were."""
    by = services.Claimer(worker="bench", machine="bench")
    return sum(services.claim(QUEUE, by=by, now=now()) is not None for _ in range(many))


def oldest(many: int) -> int:
    """As plain queues in Postgres do it."""
    with connection.cursor() as cursor:
        return sum(cursor.execute(_OLDEST).rowcount for _ in range(many))


def _fill() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE jobs_job, jobs_queue, jobs_share, foundation_event CASCADE")
        cursor.execute(_FILL, {"queue": QUEUE, "jobs": JOBS, "prefix": new_id("job", now())[:12]})
        cursor.execute(_PLAIN)
        cursor.execute("VACUUM ANALYZE jobs_job, bench_queue")


_ORGANISATIONS: Final = """
    INSERT INTO tenants_organisation (id, name, tier_id, created_at)
    SELECT 'org_' || number, 'Club ' || number, 'beta', now()
    FROM generate_series(1, %s) AS number
"""
# As `enqueue` leaves them: four of each organisation have a turn.
_FILL: Final = """
    INSERT INTO jobs_queue (name, virtual) VALUES (%(queue)s, 0);
    INSERT INTO jobs_job (id, organisation_id, livemode, kind, accelerator, queue, turn, payload,
        meter, quantity, state, progress, attempt, ran_on, created_at)
    SELECT %(prefix)s || lpad(number::text, 8, '0'), 'org_' || (number %% 1000 + 1), true,
        'bench.noop', 'cpu', %(queue)s,
        CASE WHEN number / 1000 < 4 THEN number / 1000 END,
        '{}', '', 0, 'queued', 0, 0, '', now()
    FROM generate_series(0, 1000 * %(jobs)s - 1) AS number
"""
_PLAIN: Final = """
    DROP TABLE IF EXISTS bench_queue;
    CREATE TABLE bench_queue AS SELECT id, state, attempt, created_at, payload FROM jobs_job;
    ALTER TABLE bench_queue ADD PRIMARY KEY (id);
    CREATE INDEX ON bench_queue (created_at, id) WHERE state = 'queued'
"""
_OLDEST: Final = """
    UPDATE bench_queue SET state = 'running', attempt = attempt + 1 WHERE id = (
        SELECT id FROM bench_queue WHERE state = 'queued'
        ORDER BY created_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id
"""
