"""The sweep: whatever a killed process or a broker that was away has left undone."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from django.db import transaction
from django.db.models import Count, F, Q, QuerySet

from jobs import rules
from jobs.dispatch import wake
from jobs.models import Job
from jobs.services import workers
from jobs.services.settling import die, expire, stop
from jobs.services.turns import release

UNHEARD: Final = timedelta(seconds=3)
"""So long a wake-up may be on its way before another is sent, which lives as long."""
_MOST: Final = 500


def sweep(*, now: datetime) -> int:
    """End what nobody will run, give out turns that nobody gave, and wake workers up for what was
    never taken or lost its worker; returns how many wake-ups it sent."""
    _give_up(now)
    _reroute(now)
    _release(now)
    workers.forget(now=now)
    return wake(_unheard(now), expires=UNHEARD)


def _unheard(now: datetime) -> Counter[str]:
    """Wake-ups that may have been lost: for what has its turn and waits, or lost its worker.

    No more than there are workers, since one that is woken takes a job whichever it is; and they
    expire before the next but one, so that they do not heap up behind long jobs.
    """
    waiting = Q(state=Job.State.QUEUED, turn__isnull=False, created_at__lt=now - UNHEARD)
    orphaned = Q(state=Job.State.RUNNING, lease_until__lt=now, attempt__lt=F("attempts_most"))
    found = Job.objects.filter(waiting | orphaned).exclude(queue="").order_by()
    ready = dict(found.values_list("queue").annotate(Count("pk")))
    there = Counter(
        queue for queues in workers.living(now).values_list("queues", flat=True) for queue in queues
    )
    return Counter({queue: min(jobs, there[queue] or 1) for queue, jobs in ready.items()})


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
