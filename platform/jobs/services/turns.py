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
from jobs.models import Job, Queue, Share
from tenants.models import Organisation
from tenants.queries import tier_version

_LOCK: Final = """
    INSERT INTO jobs_share AS kept (organisation_id, queue, finish) VALUES (%s, %s, 0)
    ON CONFLICT (organisation_id, queue) DO UPDATE SET finish = kept.finish RETURNING finish
"""
_FOLLOWED: Final = """
    SELECT EXISTS (SELECT FROM jobs_job WHERE organisation_id = %(organisation)s
            AND queue = %(queue)s AND state = 'queued' AND turn IS NULL)
        OR (SELECT count(*) FROM jobs_job WHERE organisation_id = %(organisation)s
            AND queue = %(queue)s AND turn IS NOT NULL
            AND state IN ('queued', 'running', 'cancelling')) + 1
        >= (SELECT at_once FROM jobs_share WHERE organisation_id = %(organisation)s
            AND queue = %(queue)s)
"""
# A statement of its own: it must see what was committed while the lock was waited for.
_STANDING: Final = """
    SELECT (SELECT virtual FROM jobs_queue WHERE name = %(queue)s),
        (SELECT count(*) FROM jobs_job WHERE organisation_id = %(organisation)s
            AND queue = %(queue)s AND turn IS NOT NULL
            AND state IN ('queued', 'running', 'cancelling')),
        EXISTS (SELECT FROM jobs_job WHERE organisation_id = %(organisation)s
            AND queue = %(queue)s AND state = 'queued' AND turn IS NULL)
"""


class _Turns:
    """An organisation's next turns in a queue, as long as the transaction holds its share."""

    def __init__(self, organisation: Organisation, queue: str, now: datetime) -> None:
        version = tier_version(organisation.tier_id, now)
        self._weight, self._at_once = version.job_weight, version.jobs_at_once
        self._share = Share.objects.filter(organisation=organisation, queue=queue)
        with connection.cursor() as cursor:
            cursor.execute(_LOCK, [organisation.pk, queue])
            [self._finish] = cursor.fetchone()
            cursor.execute(_STANDING, {"organisation": organisation.pk, "queue": queue})
            virtual, taken_up, self.somebody_waits = cursor.fetchone()
        if virtual is None:
            Queue.objects.bulk_create([Queue(name=queue)], ignore_conflicts=True)
        self._virtual = virtual or 0.0
        self.places = max(self._at_once - taken_up, 0)

    def take(self, jobs: Sequence[Job]) -> None:
        """Give these their turns, in this order. They are not written, and the share is."""
        for job in jobs:
            job.turn = rules.turn(virtual=self._virtual, finish=self._finish)
            self._finish = rules.finish(
                turn=job.turn, seconds=job.expected_seconds, weight=self._weight
            )
        self._share.update(finish=self._finish, at_once=self._at_once)


def begin(job: Job, *, now: datetime) -> None:
    """Write a new job with its turn, where its organisation has a place and nothing waits before.

    Its wake-up is published when the surrounding transaction has committed.
    """
    turns = _Turns(job.organisation, job.queue, now)
    at_once = turns.places > 0 and not turns.somebody_waits
    if at_once:
        turns.take([job])
    job.save(force_insert=True)
    if at_once:
        _wake([job])
    elif turns.places:
        release(job.organisation, job.queue, now=now)


def release(organisation: Organisation, queue: str, *, now: datetime) -> int:
    """Give the organisation's next jobs their turns, while it has places in the queue; how many.

    Their wake-ups are published when the surrounding transaction has committed.
    """
    turns = _Turns(organisation, queue, now)
    jobs = _next(organisation, queue, turns.places)
    if jobs:
        turns.take(jobs)
        for job in jobs:
            job.save(update_fields=["turn"])
        _wake(jobs)
    return len(jobs)


def _wake(jobs: Sequence[Job]) -> None:
    transaction.on_commit(partial(publish, jobs), robust=True)


def follow(job: Job, *, now: datetime) -> None:
    """The job has left its place: release what waits for one.

    Without a lock where none of its organisation can wait: only in a full queue does one have to.
    One that is asked for in this very instant, as the last of many, may wait for the next of them
    to end, or for the sweep.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FOLLOWED, {"organisation": job.organisation_id, "queue": job.queue})
        [waits] = cursor.fetchone()
    if waits is not False:
        release(job.organisation, job.queue, now=now)


def _next(organisation: Organisation, queue: str, places: int) -> Sequence[Job]:
    """Those of it that come next among its own: by priority, then deadline, then age."""
    if places <= 0:
        return ()
    parked = Job.objects.filter(
        organisation=organisation, queue=queue, state=Job.State.QUEUED, turn=None
    )
    order = (F("priority").desc(), F("deadline_at").asc(nulls_last=True), "pk")
    return list(parked.order_by(*order).select_for_update(skip_locked=True)[:places])
