"""How the queues stand, for whoever adds and takes away workers: a few queries over all of them."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection

from jobs import rules
from jobs.models import Job, Worker
from jobs.services import SILENT

LATELY: Final = timedelta(minutes=5)
SETTLED: Final = (
    Job.State.SUCCEEDED,
    Job.State.FAILED,
    Job.State.CANCELLED,
    Job.State.ABORTED,
    Job.State.EXPIRED,
    Job.State.DEAD,
)


_AT_WORK: Final[list[str]] = [each for each in Worker.State.values if each != Worker.State.LEFT]


@dataclass(slots=True)
class Signals:
    """Of one queue: its jobs that wait with a turn, that wait behind their organisation's own and
    that run; for how long the oldest waits; the seconds that those that wait are thought to last
    by the pace of their kind; the waits of jobs that began lately, None where none did; its workers
    by state, `silent` among them; and the jobs that were settled lately, by state."""

    waiting: int = 0
    parked: int = 0
    running: int = 0
    oldest_wait_s: float = 0.0
    work_waiting_s: float = 0.0
    wait_p50_s: float | None = None
    wait_p95_s: float | None = None
    workers: dict[str, int] = field(default_factory=lambda: dict.fromkeys((*_AT_WORK, "silent"), 0))
    settled: dict[str, int] = field(default_factory=lambda: dict.fromkeys(map(str, SETTLED), 0))


_WAITING: Final = """
    SELECT queue, count(*) FILTER (WHERE turn IS NOT NULL), count(*) FILTER (WHERE turn IS NULL),
        extract(epoch FROM %(now)s - min(coalesce(waits_since, created_at)))::float,
        sum(expected_seconds * coalesce(pace.ratio, 1))
    FROM jobs_job LEFT JOIN jobs_pace AS pace USING (queue, kind)
    WHERE state = 'queued' GROUP BY queue
"""
_RUNNING: Final = """
    SELECT queue, count(*) FROM jobs_job WHERE state IN ('running', 'cancelling') GROUP BY queue
"""
# What began lately runs yet or has ended since. First attempts alone: others wait for a lease.
_WAITS: Final = """
    SELECT queue, percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (
        ORDER BY extract(epoch FROM started_at - created_at)::float)
    FROM (
        SELECT queue, started_at, created_at FROM jobs_job
        WHERE state IN ('running', 'cancelling') AND attempt = 1 AND started_at >= %(since)s
        UNION ALL
        SELECT queue, started_at, created_at FROM jobs_job
        WHERE finished_at >= %(since)s AND attempt = 1 AND started_at >= %(since)s) AS begun
    GROUP BY queue
"""
_SETTLED: Final = """
    SELECT queue, state, count(*) FROM jobs_job WHERE finished_at >= %(since)s GROUP BY queue, state
"""
_WORKERS: Final = """
    SELECT queue, CASE WHEN heartbeat_at > %(alive)s THEN state ELSE 'silent' END AS said, count(*)
    FROM jobs_worker, unnest(queues) AS queue GROUP BY queue, said
"""


def signals(*, now: datetime) -> Mapping[str, Signals]:
    """By queue, those that nothing waits in and nobody works at among them. Five queries."""
    found = defaultdict(Signals)
    for accelerator in Job.Accelerator.values:
        for work in rules.CLASSES:
            found[rules.queue_name(accelerator, work)] = Signals()
    asked = {"now": now, "since": now - LATELY, "alive": now - SILENT}
    for queue, waiting, parked, oldest_s, work_s in _rows(_WAITING, asked):
        its = found[queue]
        its.waiting, its.parked = waiting, parked
        its.oldest_wait_s, its.work_waiting_s = max(oldest_s, 0.0), work_s
    for queue, running in _rows(_RUNNING, asked):
        found[queue].running = running
    for queue, (half, most) in _rows(_WAITS, asked):
        found[queue].wait_p50_s, found[queue].wait_p95_s = half, most
    for queue, state, jobs in _rows(_SETTLED, asked):
        found[queue].settled[state] = jobs
    for queue, state, workers in _rows(_WORKERS, asked):
        found[queue].workers[state] = workers
    return found


def _rows(statement: str, asked: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
