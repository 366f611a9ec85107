"""Turns in a queue: an organisation's jobs take theirs as its places there become free.

Only what has its turn can be claimed, at most `jobs_at_once` of an organisation's in a queue, so a
claim looks at a handful of rows of each organisation however many wait. The lock of its share
orders all who give out its turns; whoever holds it takes no lock of a job that another may hold.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import F, Q

from jobs.dispatch import publish
from jobs.models import Job
from tenants.models import Organisation

# Of an organisation's own.
_ORDER: Final = (F("priority").desc(), F("deadline_at").asc(nulls_last=True), "pk")
_LOCK: Final = """
    INSERT INTO jobs_share AS kept (organisation_id, queue, finish) VALUES (%s, %s, 0)
    ON CONFLICT (organisation_id, queue) DO UPDATE SET finish = kept.finish
"""
# A function of the database, which its migration explains.
_TAKE: Final = "SELECT turn_taken, room FROM jobs_take_turn(%s, %s, %s, %s, %s, %s)"


def begin(job: Job, *, now: datetime) -> None:
    """Write a new job with its turn, where its organisation has a place and nothing waits before.

    Its wake-up is published when the surrounding transaction has committed.
    """
    room = _take(job, job.organisation, now, fresh=True)
    job.save(force_insert=True)
    if job.turn is not None:
        _reorder(job)
        _wake([job])
    elif room:
        release(job.organisation, job.queue, now=now)


@transaction.atomic
def release(organisation: Organisation, queue: str, *, now: datetime) -> int:
    """Give the organisation's next jobs their turns, while it has places in the queue; how many.

    Their wake-ups are published when the surrounding transaction has committed.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [organisation.pk, queue])
    released = []
    while job := _next(organisation, queue):
        _take(job, organisation, now, fresh=False)
        if job.turn is None:
            break
        job.save(update_fields=["turn"])
        released.append(job)
    if released:
        _reorder(released[0])
        _wake(released)
    return len(released)


def _take(job: Job, organisation: Organisation, now: datetime, *, fresh: bool) -> bool:
    """Give the job its turn, unless there is no place, or it is `fresh` and others wait; whether
    there is a place."""
    whose: list[Any] = [organisation.pk, organisation.tier_id, job.queue]
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [*whose, now, job.expected_seconds, fresh])
        job.turn, room = cursor.fetchone()
    return bool(room)


def _next(organisation: Organisation, queue: str) -> Job | None:
    """The one of it that comes next among its own: by priority, then deadline, then age."""
    parked = Job.objects.filter(
        organisation=organisation, queue=queue, state=Job.State.QUEUED, turn=None
    )
    return parked.order_by(*_ORDER).select_for_update(skip_locked=True).first()


def _reorder(job: Job) -> None:
    """Deal the turns that its organisation has anew, where the job comes before others of its own:
    no other organisation's is moved by that."""
    own = Job.objects.filter(
        organisation=job.organisation_id, queue=job.queue, state=Job.State.QUEUED,
        turn__isnull=False,
    )  # fmt: skip
    behind = Q(priority__lt=job.priority)
    if job.deadline_at is not None:
        later = Q(deadline_at__isnull=True) | Q(deadline_at__gt=job.deadline_at)
        behind |= Q(priority=job.priority) & later
    if not own.filter(behind).exclude(pk=job.pk).exists():
        return
    waiting = list(own.order_by(*_ORDER).select_for_update(skip_locked=True))
    turns = sorted(each.turn for each in waiting if each.turn is not None)
    for each, turn in zip(waiting, turns, strict=True):
        if each.turn != turn:
            Job.objects.filter(pk=each.pk).update(turn=turn)


def _wake(jobs: Sequence[Job]) -> None:
    transaction.on_commit(partial(publish, jobs), robust=True)
