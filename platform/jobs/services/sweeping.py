"""The sweep: whatever a killed process or a broker that was away has left undone."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from django.db import transaction
from django.db.models import F, Q, QuerySet

from jobs import rules
from jobs.dispatch import publish
from jobs.models import Job
from jobs.services import workers
from jobs.services.settling import die, expire, stop
from jobs.services.turns import release

STALE: Final = timedelta(seconds=60)
_MOST: Final = 500


def sweep(*, now: datetime) -> int:
    """End what nobody will run, give out turns that nobody gave, and publish again what was never
    published or claimed, or whose worker died; returns how many wake-ups it sent."""
    _give_up(now)
    _reroute(now)
    _release(now)
    workers.forget(now=now)
    waiting = Q(state=Job.State.QUEUED, turn__isnull=False)
    forgotten = waiting & (Q(published_at__isnull=True) | Q(published_at__lt=now - STALE))
    # Once at the end of its lease, then as a queued one: its message may wait behind others.
    unsent = Q(published_at__isnull=True) | Q(published_at__lte=F("lease_until"))
    orphaned = Q(state=Job.State.RUNNING, lease_until__lt=now) & (
        unsent | Q(published_at__lt=now - STALE)
    )
    jobs = list(Job.objects.filter(forgotten | orphaned).order_by("created_at")[:_MOST])
    return publish(jobs, now=now)


def _give_up(now: datetime) -> None:
    """What is past its deadline, cancelled under a dead worker, or was tried too often."""
    dead = Job.objects.select_related("organisation").filter(lease_until__lt=now)
    for job in _some(dead.filter(state=Job.State.CANCELLING)):
        stop(job, now=now, billed=False)
    for job in _some(dead.filter(state=Job.State.RUNNING, deadline_at__lt=now)):
        expire(job, now=now)
    for job in _some(dead.filter(state=Job.State.RUNNING, attempt__gte=F("attempts_most"))):
        die(job, now=now)
    late = Job.objects.select_related("organisation").filter(
        state=Job.State.QUEUED, deadline_at__lt=now
    )
    for job in _some(late):
        expire(job, now=now)


def _reroute(now: datetime) -> None:
    """To the processor what only preferred an accelerator, when its last worker has gone; and what
    a process of the release before has put on no queue at all."""
    there = workers.accelerators(now) | {Job.Accelerator.CPU}
    moved = Job.objects.filter(state=Job.State.QUEUED)
    for queue in moved.filter(required=False).values_list("queue", flat=True).distinct():
        if not queue or rules.accelerator_of(queue) in there:
            continue
        to = rules.rerouted(queue, Job.Accelerator.CPU)
        moved.filter(queue=queue, required=False).update(queue=to, turn=None)
    for accelerator in moved.filter(queue="").values_list("accelerator", flat=True).distinct():
        reached = accelerator if accelerator in there else Job.Accelerator.CPU
        unqueued = moved.filter(queue="", accelerator=accelerator)
        unqueued.update(queue=rules.queue_name(reached))


def _release(now: datetime) -> None:
    """For each organisation that has jobs without a turn and a free place in their queue."""
    parked = Job.objects.filter(state=Job.State.QUEUED, turn=None).exclude(queue="")
    shares = parked.order_by().values_list("organisation", "queue").distinct()
    for organisation_id, queue in shares[:_MOST]:
        with transaction.atomic():
            job = parked.filter(organisation=organisation_id).select_related("organisation").first()
            if job is not None:
                release(job.organisation, queue, now=now)


def _some(jobs: QuerySet[Job]) -> Iterable[Job]:
    return islice(jobs.order_by("pk").iterator(), _MOST)
