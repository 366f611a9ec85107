"""Turns in a queue: an organisation's jobs take theirs as its places there become free.

Only what has its turn can be claimed, at most `jobs_at_once` of an organisation's in a queue, so a
claim looks at a handful of rows of each organisation however many wait. The lock of its share
orders all who give out its turns; whoever holds it takes no lock of a job that another may hold.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Final

from django.db import connection, transaction
from django.db.models import DateTimeField, F

from foundation.ids import new_id
from jobs.dispatch import publish
from jobs.events import JOB_QUEUED
from jobs.models import Job
from jobs.services.news import data_of, say
from tenants.models import Organisation

# Of an organisation's own.
_ORDER: Final = (F("priority").desc(), F("deadline_at").asc(nulls_last=True), "pk")
_LOCK: Final = """
    INSERT INTO jobs_share AS kept (organisation_id, queue, finish) VALUES (%s, %s, 0)
    ON CONFLICT (organisation_id, queue) DO UPDATE SET finish = kept.finish
"""
# A function of the database, which its migration explains.
_TAKE: Final = "jobs_take_turn(%s, %s, %s, %s, %s, %s, %s, %s)"
_FIELDS: Final = [field.attname for field in Job._meta.concrete_fields if field.attname != "turn"]
_MOMENTS: Final = {
    field.attname for field in Job._meta.concrete_fields if isinstance(field, DateTimeField)
}
# Another, so that nothing is planned: the round trips and plans of four statements were most of
# their time.
_BEGIN: Final = """
    SELECT turn_taken, room, passes FROM jobs_begin(%s::jsonb, %s, %s, %s, %s::jsonb)
"""


def begin(job: Job, *, now: datetime) -> None:
    """Write a new job and its event, with its turn where its organisation has a place and nothing
    waits before.

    Its wake-up is published when the surrounding transaction has committed.
    """
    event_id = new_id("evt", now)
    told = json.dumps(data_of(job))
    with connection.cursor() as cursor:
        cursor.execute(_BEGIN, [_written(job), job.organisation.tier_id, now, event_id, told])
        job.turn, room, passes = cursor.fetchone()
    job._state.adding, job._state.db = False, connection.alias
    if passes:
        _reorder(job)
    if job.turn is not None:
        _wake([job])
    elif room:
        release(job.organisation, job.queue, now=now)
    say(job, JOB_QUEUED, event_id=event_id)  # last, or the wake-up would wait for its thread


def _written(job: Job) -> str:
    """The job as JSON, by its columns; those that it leaves empty are null there."""
    given = {name: value for name in _FIELDS if (value := getattr(job, name)) is not None}
    for name in _MOMENTS & given.keys():
        given[name] = given[name].isoformat()
    return json.dumps(given)


@transaction.atomic
def release(organisation: Organisation, queue: str, *, now: datetime) -> int:
    """Give the organisation's next jobs their turns, while it has places in the queue; how many.

    Their wake-ups are published when the surrounding transaction has committed.
    """
    _lock(organisation.pk, queue)
    released: list[Job] = []
    first_passes = False
    while job := _next(organisation, queue):
        passes = _take(job, organisation, now)
        if job.turn is None:
            break
        job.save(update_fields=["turn"])
        first_passes = first_passes or (passes and not released)
        released.append(job)
    if first_passes:
        _reorder(released[0])
    if released:
        _wake(released)
    return len(released)


def _take(job: Job, organisation: Organisation, now: datetime) -> bool:
    """Give the job its turn, unless there is no place; whether it comes before others that have
    theirs."""
    with connection.cursor() as cursor:
        whose = [organisation.pk, organisation.tier_id, job.queue]
        asked = [*whose, now, job.expected_seconds, False, job.priority, job.deadline_at]
        cursor.execute(f"SELECT turn_taken, passes FROM {_TAKE}", asked)  # noqa: S608  (a constant)
        job.turn, passes = cursor.fetchone()
    return bool(passes)


def _lock(organisation_id: str, queue: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [organisation_id, queue])


def _next(organisation: Organisation, queue: str) -> Job | None:
    """The one of it that comes next among its own: by priority, then deadline, then age."""
    parked = Job.objects.filter(
        organisation=organisation, queue=queue, state=Job.State.QUEUED, turn=None
    )
    return parked.order_by(*_ORDER).select_for_update(skip_locked=True).first()


@transaction.atomic
def _reorder(job: Job) -> None:
    """Deal the turns that its organisation has anew, by the order of its own: no other
    organisation's is moved by that."""
    _lock(job.organisation_id, job.queue)
    own = Job.objects.filter(
        organisation=job.organisation_id, queue=job.queue, state=Job.State.QUEUED,
        turn__isnull=False,
    )  # fmt: skip
    waiting = list(own.order_by(*_ORDER).select_for_update(skip_locked=True))
    turns = sorted(each.turn for each in waiting if each.turn is not None)
    for each, turn in zip(waiting, turns, strict=True):
        if each.turn != turn:
            Job.objects.filter(pk=each.pk).update(turn=turn)


def _wake(jobs: Sequence[Job]) -> None:
    transaction.on_commit(partial(publish, jobs), robust=True)
