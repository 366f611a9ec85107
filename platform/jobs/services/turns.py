"""Turns in a queue: an organisation's jobs take theirs as its places there become free.

Only what has its turn can be claimed, at most `jobs_at_once` of an organisation's in a queue, so a
claim looks at a handful of rows of each organisation however many wait. The lock of its share
orders all who give out its turns; whoever holds it takes no lock of a job that another may hold.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Final

from django.db import connection, transaction
from django.db.models import F

from jobs import rules
from jobs.dispatch import publish
from jobs.models import Job, Queue
from tenants.models import Organisation
from tenants.queries import tier_version

_LOCK: Final = """
    INSERT INTO jobs_share AS kept (organisation_id, queue, finish) VALUES (%s, %s, 0)
    ON CONFLICT (organisation_id, queue) DO UPDATE SET finish = kept.finish RETURNING finish
"""
# A statement of its own: it must see what was committed while the lock was waited for.
_STANDING: Final = """
    SELECT (SELECT virtual FROM jobs_queue WHERE name = %(queue)s),
        (SELECT count(*) FROM jobs_job WHERE organisation_id = %(organisation)s
            AND queue = %(queue)s AND turn IS NOT NULL
            AND state IN ('queued', 'running', 'cancelling'))
"""


def release(organisation: Organisation, queue: str, *, now: datetime) -> int:
    """Give the organisation's next jobs their turns, while it has places in the queue; how many.

    Their wake-ups are published when the surrounding transaction has committed.
    """
    version = tier_version(organisation.tier_id, now)
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [organisation.pk, queue])
        [finish] = cursor.fetchone()
        cursor.execute(_STANDING, {"organisation": organisation.pk, "queue": queue})
        virtual, taken_up = cursor.fetchone()
    if virtual is None:
        Queue.objects.bulk_create([Queue(name=queue)], ignore_conflicts=True)
    jobs = _next(organisation, queue, version.jobs_at_once - taken_up)
    if not jobs:
        return 0
    for job in jobs:
        job.turn = rules.turn(virtual=virtual or 0.0, finish=finish)
        finish = rules.finish(
            turn=job.turn, seconds=job.expected_seconds, weight=version.job_weight
        )
        job.save(update_fields=["turn"])
    _keep(organisation.pk, queue, finish)
    transaction.on_commit(partial(publish, jobs, now=now), robust=True)
    return len(jobs)


def _next(organisation: Organisation, queue: str, places: int) -> Sequence[Job]:
    """Those of it that come next among its own: by priority, then deadline, then age."""
    if places <= 0:
        return ()
    parked = Job.objects.filter(
        organisation=organisation, queue=queue, state=Job.State.QUEUED, turn=None
    )
    order = (F("priority").desc(), F("deadline_at").asc(nulls_last=True), "pk")
    return list(parked.order_by(*order).select_for_update(skip_locked=True)[:places])


def _keep(organisation_id: str, queue: str, finish: float) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE jobs_share SET finish = %s WHERE organisation_id = %s AND queue = %s",
            [finish, organisation_id, queue],
        )
