"""The sweep: whatever a killed process or a broker that was away has left undone."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from django.db import OperationalError, connection
from django.db.models import Count, F, Q, QuerySet

from jobs import rules
from jobs.dispatch import wake
from jobs.models import Job
from jobs.services import workers
from jobs.services.settling import die, expire, stop
from jobs.services.turns import release
from tenants.models import Organisation

logger = logging.getLogger(__name__)
UNHEARD: Final = timedelta(seconds=3)
"""So long a wake-up may be on its way before another is sent."""
LATEST: Final = timedelta(seconds=30)
"""So long that one lives: by clocks of two machines, which may differ by some seconds."""
_MOST: Final = 500


def sweep(*, now: datetime) -> int:
    """End what nobody will run, give out turns that nobody gave, and wake workers up for what was
    never taken or lost its worker; returns how many wake-ups it sent."""
    for step in (_heed_older_cancels, _give_up, _reroute, _release, _forget):
        try:
            step(now)
        except OperationalError:
            raise  # the next sweep does it all
        except Exception:  # a row that breaks one step keeps no other job waiting
            logger.exception("a step of the sweep failed", extra={"step": step.__name__})
    return wake(_unheard(now), expires=LATEST)


def _forget(now: datetime) -> None:
    workers.forget(now=now)


def _unheard(now: datetime) -> Counter[str]:
    """Wake-ups that may have been lost: for what has its turn and waits, or lost its worker.

    No more than there are workers, since one that is woken takes a job whichever it is, and those
    behind it; and they expire, so that they do not heap up behind long jobs.
    """
    waiting = Q(state=Job.State.QUEUED, turn__isnull=False, created_at__lt=now - UNHEARD)
    orphaned = Q(state=Job.State.RUNNING, lease_until__lt=now, attempt__lt=F("attempts_most"))
    found = Job.objects.filter(waiting | orphaned).exclude(queue="").order_by()
    ready = dict(found.values_list("queue").annotate(Count("pk")))
    there = Counter(
        queue for queues in workers.living(now).values_list("queues", flat=True) for queue in queues
    )
    return Counter({queue: min(jobs, there[queue] or 1) for queue, jobs in ready.items()})


def _heed_older_cancels(now: datetime) -> None:
    """A process of the release before has noted that a running job is to stop, and no more."""
    asked = Job.objects.filter(state=Job.State.RUNNING, cancel_requested_at__isnull=False)
    asked.update(state=Job.State.CANCELLING)


def _give_up(now: datetime) -> None:
    """What is past its deadline, cancelled under a dead worker, or was tried too often."""
    dead = Job.objects.select_related("organisation").filter(lease_until__lt=now)
    running = dead.filter(state=Job.State.RUNNING)
    waiting = Job.objects.select_related("organisation").filter(state=Job.State.QUEUED)
    _each(dead.filter(state=Job.State.CANCELLING), lambda job: stop(job, now=now, billed=False))
    _each(running.filter(deadline_at__lt=now), lambda job: expire(job, now=now))
    _each(running.filter(attempt__gte=F("attempts_most")), lambda job: die(job, now=now))
    _each(waiting.filter(deadline_at__lt=now), lambda job: expire(job, now=now))


def _reroute(now: datetime) -> None:
    """To the processor what only preferred an accelerator that nobody has had for a while, whether
    it waits or has lost its worker; and what a process of the release before has put on no queue.

    Not while no worker at all is heard: then it is the database that was away.
    """
    there = workers.accelerators(now, within=workers.MISSED) | {Job.Accelerator.CPU}
    waiting = Q(state=Job.State.QUEUED)
    orphaned = Q(state=Job.State.RUNNING, lease_until__lt=now)
    left = Job.objects.filter(waiting | orphaned)
    for accelerator in left.filter(queue="").values_list("accelerator", flat=True).distinct():
        reached = accelerator if accelerator in there else Job.Accelerator.CPU
        left.filter(queue="", accelerator=accelerator).update(queue=rules.queue_name(reached))
    if not workers.living(now).exists():
        return
    preferring = left.filter(required=False).exclude(queue="")
    for queue in preferring.order_by().values_list("queue", flat=True).distinct():
        if rules.accelerator_of(queue) in there:
            continue
        to = rules.rerouted(queue, Job.Accelerator.CPU)
        preferring.filter(orphaned, queue=queue).update(queue=to)
        preferring.filter(waiting, queue=queue).update(queue=to, turn=None)


# Only where a place is free, or each of many who wait for theirs would be visited every time.
_PARKED: Final = """
    SELECT waits.organisation_id, waits.queue FROM (
        SELECT organisation_id, queue, min(id) AS oldest FROM jobs_job
        WHERE state = 'queued' AND turn IS NULL AND queue <> '' GROUP BY 1, 2) AS waits
    JOIN tenants_organisation AS organisation ON organisation.id = waits.organisation_id
    WHERE (SELECT count(*) FROM jobs_job AS taken
            WHERE taken.organisation_id = waits.organisation_id AND taken.queue = waits.queue
                AND taken.turn IS NOT NULL AND taken.state IN ('queued', 'running', 'cancelling'))
        < (SELECT jobs_at_once FROM tenants_tierversion
            WHERE tier_id = organisation.tier_id AND effective_at <= %s
            ORDER BY effective_at DESC, number DESC LIMIT 1)
    ORDER BY waits.oldest LIMIT %s
"""


def _release(now: datetime) -> None:
    """For each organisation that has jobs without a turn and a free place in their queue."""
    with connection.cursor() as cursor:
        cursor.execute(_PARKED, [now, _MOST])
        found = cursor.fetchall()
    for organisation_id, queue in found:
        release(Organisation.objects.get(pk=organisation_id), queue, now=now)


def _each(jobs: QuerySet[Job], act: Callable[[Job], object]) -> None:
    """Some of them now, each by itself."""
    for job in _some(jobs):
        try:
            act(job)
        except OperationalError:
            raise
        except Exception:
            logger.exception("a job could not be swept", extra={"job": job.pk})


def _some(jobs: QuerySet[Job]) -> Iterable[Job]:
    return islice(jobs.order_by("pk").iterator(), _MOST)
