"""Taking the next job of a queue, and holding it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.db.models import JSONField

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

    @property
    def memory(self) -> int:
        """In bytes; one that knows none takes whatever needs any."""
        return _ANY_MEMORY if self.memory_bytes is None else self.memory_bytes


_JSON: Final = {
    field.attname for field in Job._meta.concrete_fields if isinstance(field, JSONField)
}
_FIELDS: Final = [each.attname for each in Job._meta.concrete_fields]
COLUMNS: Final = ", ".join(str(each.column) for each in Job._meta.concrete_fields)
# A function of the database, which its migration explains: nothing else is so often done.
#
# Nobody waits until a claim is on disk, which takes longer than all the rest of it. A crash of
# Postgres may undo it within the next second: the job waits again then, its attempt finds that it
# has lost it, and the next one, which has the same number, began at another moment. What is settled
# is on disk, and with it all that was written before.
_CLAIM: Final = f"""
    SELECT {COLUMNS} FROM set_config('synchronous_commit', 'off', true),
        jobs_claim(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""  # noqa: S608  (columns)
_RENEW: Final = """
    UPDATE jobs_job SET lease_until = %s
    WHERE id = %s AND attempt = %s AND started_at = %s AND state IN ('running', 'cancelling')
    RETURNING state
"""
_ANY_MEMORY: Final = 2**62  # bytes


def claim(queue: str, *, by: Claimer, now: datetime) -> Job | None:
    """Take the job whose turn it is for one attempt; None when there is none that can run here.

    First comes what a dead worker has left, then what must be begun to meet a guaranteed deadline,
    then the lowest turn; of the next four the first whose model is at hand.
    """
    where = [by.accelerator, by.machine, by.provider, by.worker]
    asked: list[Any] = [queue, now, now + LEASE, by.memory, list(by.loaded), *where]
    event_id = new_id("evt", now)
    asked.append(event_id)
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, asked)
        row = cursor.fetchone()
    if row is None:
        return None
    job = read(row)
    say(job, JOB_RUNNING, event_id=event_id)
    return job


def read(row: Sequence[Any]) -> Job:
    """The job of a row of `COLUMNS`."""
    return Job.from_db(connection.alias, _FIELDS, [*map(_read, _FIELDS, row)])


def _read(field: str, value: Any) -> Any:
    return json.loads(value) if field in _JSON and value is not None else value


def renew(job: Job, *, now: datetime) -> str | None:
    """Extend the lease. The state that the job is in, which is cancelling when its caller wants it
    stopped; None when this attempt has lost the job."""
    with connection.cursor() as cursor:
        cursor.execute(_RENEW, [now + LEASE, job.pk, job.attempt, job.started_at])
        found = cursor.fetchone()
    return None if found is None else str(found[0])


def report_progress(job: Job, share: float) -> bool:
    """Note progress (0–1); True when someone asked to cancel."""
    job.progress = min(max(share, 0.0), 1.0)
    if mine(job).filter(state=Job.State.RUNNING).update(progress=job.progress):
        say_progress(job)
        return False
    # Cancelling, or another attempt holds the job, and its progress is the one to tell.
    return mine(job).filter(state=Job.State.CANCELLING).exists()
