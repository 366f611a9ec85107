"""Taking others along with a job that was claimed: those that can be done in the same breath."""

from datetime import datetime
from typing import Any, Final

from django.db import connection

from foundation.ids import new_id
from jobs.events import JOB_RUNNING
from jobs.models import Job
from jobs.services.claiming import COLUMNS, Claimer, read
from jobs.services.news import say
from jobs.services.terms import LEASE

# The turns of others are not passed by in the queue's virtual time: who joins costs them no more
# than its own part of a batch. What was tried before is tried alone: it may be what others die of.
_JOIN: Final = f"""
    WITH chosen AS MATERIALIZED (
        SELECT id FROM jobs_job
        WHERE organisation_id = %s AND livemode = %s AND queue = %s AND kind = %s AND alike = %s
            AND state = 'queued' AND turn IS NOT NULL AND attempt = 0
            AND needs_bytes <= %s AND (deadline_at IS NULL OR deadline_at > %s)
        ORDER BY turn, id LIMIT %s FOR UPDATE SKIP LOCKED
    ), begun AS (
        UPDATE jobs_job SET
            state = 'running', attempt = 1, progress = 0, started_at = %s, lease_until = %s,
            ran_on = %s, machine = %s, provider = %s, worker = %s,
            shared_by = (SELECT count(*) + 1 FROM chosen)
        FROM chosen WHERE jobs_job.id = chosen.id RETURNING jobs_job.*
    ), led AS (
        UPDATE jobs_job SET shared_by = (SELECT count(*) + 1 FROM chosen)
        WHERE id = %s AND EXISTS (SELECT FROM chosen)
    ), numbered AS (
        SELECT *, (%s::text[])[row_number() OVER (ORDER BY turn, id)] AS event FROM begun
    ), told AS (
        INSERT INTO foundation_event (type, created_at, id, organisation_id, livemode, data)
        SELECT 'job.running', started_at, event, organisation_id, livemode, jsonb_build_object(
            'id', id, 'kind', kind, 'state', state, 'progress', progress,
            'accelerator', accelerator, 'attempt', attempt)
        FROM numbered
    )
    SELECT event, {COLUMNS} FROM numbered ORDER BY turn, id
"""  # noqa: S608  (columns)


def join(job: Job, *, most: int, by: Claimer, now: datetime) -> list[Job]:
    """Take at most so many jobs that are alike with the claimed `job`, each for its first attempt,
    in the order of their turns. They are of its organisation, mode, kind and queue."""
    whose = [job.organisation_id, job.livemode, job.queue, job.kind, job.alike]
    where = [by.accelerator, by.machine, by.provider, by.worker]
    event_ids = [new_id("evt", now) for _ in range(most)]
    asked: list[Any] = [*whose, by.memory, now, most, now, now + LEASE, *where, job.pk, event_ids]
    with connection.cursor() as cursor:
        cursor.execute(_JOIN, asked)
        rows = cursor.fetchall()
    joined = []
    for event_id, *values in rows:
        joined.append(read(values))
        say(joined[-1], JOB_RUNNING, event_id=event_id)
    job.shared_by = 1 + len(joined)
    return joined
