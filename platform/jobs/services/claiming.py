"""Taking the next job of a queue, and holding it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection

from foundation.events.services import kept_with
from foundation.ids import new_id
from jobs.events import JOB_RUNNING
from jobs.models import Job
from jobs.services.holding import mine
from jobs.services.news import say, say_progress
from jobs.services.terms import LEASE


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimer:
    """Who takes a job: where its attempt runs, what memory it has, and which models it holds."""

    worker: str = ""
    machine: str = ""
    accelerator: str = "cpu"
    provider: str = ""
    memory_bytes: int | None = None
    loaded: Sequence[str] = ()


_COLUMNS: Final = [field.column for field in Job._meta.concrete_fields]
# What `news.data` says of a job, in the database's words.
_DATA: Final = """
    jsonb_build_object('id', id, 'kind', kind, 'state', state, 'progress', progress,
        'accelerator', accelerator, 'attempt', attempt) AS data
"""
# First what a dead worker has left, then what must be begun to meet a guaranteed deadline, then the
# lowest turn; of the few lowest the first whose model is at hand, so that nobody loses more than a
# place by another's warm model. The queue's time moves only if nobody else is moving it.
_FITS: Final = """
    queue = %(queue)s AND needs_bytes <= %(memory)s
    AND (deadline_at IS NULL OR deadline_at > %(now)s)
"""
_CLAIM: Final = f"""
    WITH orphan AS MATERIALIZED (
        SELECT id FROM jobs_job
        WHERE state = 'running' AND lease_until < %(now)s AND attempt < attempts_most AND {_FITS}
        ORDER BY lease_until LIMIT 1 FOR UPDATE SKIP LOCKED),
    urgent AS MATERIALIZED (
        SELECT id FROM jobs_job
        WHERE state = 'queued' AND turn IS NOT NULL AND urgent_at <= %(now)s AND {_FITS}
            AND NOT EXISTS (SELECT FROM orphan)
        ORDER BY urgent_at LIMIT 1 FOR UPDATE SKIP LOCKED),
    few AS MATERIALIZED (
        SELECT id FROM jobs_job
        WHERE %(warm)s AND state = 'queued' AND turn IS NOT NULL AND {_FITS}
        ORDER BY turn, id LIMIT 4),
    warm AS MATERIALIZED (
        SELECT id, turn FROM jobs_job
        WHERE id IN (SELECT id FROM few) AND model = ANY (%(loaded)s) AND state = 'queued'
            AND NOT EXISTS (SELECT FROM orphan) AND NOT EXISTS (SELECT FROM urgent)
        ORDER BY turn, id LIMIT 1 FOR UPDATE SKIP LOCKED),
    fair AS MATERIALIZED (
        SELECT id, turn FROM jobs_job
        WHERE state = 'queued' AND turn IS NOT NULL AND {_FITS}
            AND NOT EXISTS (SELECT FROM orphan) AND NOT EXISTS (SELECT FROM urgent)
            AND NOT EXISTS (SELECT FROM warm)
        ORDER BY turn, id LIMIT 1 FOR UPDATE SKIP LOCKED),
    chosen AS (
        SELECT id FROM orphan UNION ALL SELECT id FROM urgent
        UNION ALL SELECT id FROM warm UNION ALL SELECT id FROM fair),
    moved AS (
        UPDATE jobs_queue SET virtual = fair.turn FROM fair
        WHERE name = %(queue)s AND virtual < fair.turn AND EXISTS (
            SELECT FROM jobs_queue WHERE name = %(queue)s FOR UPDATE SKIP LOCKED)),
    taken AS (
        UPDATE jobs_job SET
            state = 'running', attempt = attempt + 1, progress = 0, started_at = %(now)s,
            lease_until = %(lease)s, ran_on = %(accelerator)s, machine = %(machine)s,
            provider = %(provider)s, worker = %(worker)s
        FROM chosen WHERE jobs_job.id = chosen.id RETURNING jobs_job.*),
    news AS (
        SELECT %(event)s AS event_id, started_at AS created_at, organisation_id, livemode, {_DATA}
        FROM taken),
    kept AS ({kept_with(JOB_RUNNING, "news")})
    SELECT {", ".join(f"taken.{column}" for column in _COLUMNS)} FROM taken
"""  # noqa: S608  (made of constants)
_RENEW: Final = """
    UPDATE jobs_job SET lease_until = %s
    WHERE id = %s AND attempt = %s AND state IN ('running', 'cancelling') RETURNING state
"""
_ANY_MEMORY: Final = 2**62


def claim(queue: str, *, by: Claimer, now: datetime) -> Job | None:
    """Take the job whose turn it is for one attempt; None when there is none that can run here.

    One statement: nothing else is so often done.
    """
    asked = {
        "queue": queue,
        "now": now,
        "lease": now + LEASE,
        "memory": _ANY_MEMORY if by.memory_bytes is None else by.memory_bytes,
        "warm": bool(by.loaded),
        "loaded": list(by.loaded),
        "accelerator": by.accelerator,
        "machine": by.machine,
        "provider": by.provider,
        "worker": by.worker,
        "event": new_id("evt", now),
    }
    for job in Job.objects.raw(_CLAIM, asked):
        say(job, JOB_RUNNING)
        return job
    return None


def renew(job: Job, *, now: datetime) -> str | None:
    """Extend the lease. The state that the job is in, which is cancelling when its caller wants it
    stopped; None when this attempt has lost the job."""
    with connection.cursor() as cursor:
        cursor.execute(_RENEW, [now + LEASE, job.pk, job.attempt])
        found = cursor.fetchone()
    return None if found is None else str(found[0])


def report_progress(job: Job, share: float) -> bool:
    """Note progress (0–1); True when someone asked to cancel."""
    job.progress = min(max(share, 0.0), 1.0)
    if not mine(job).update(progress=job.progress):
        return False  # Another attempt holds the job, and its progress is the one to tell.
    say_progress(job)
    return bool(mine(job).filter(state=Job.State.CANCELLING).exists())
