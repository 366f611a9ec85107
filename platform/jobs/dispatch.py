"""From the ledger to Celery: one wake-up per job that has its turn, on the job's queue.

A wake-up names no job: whoever is woken takes the one whose turn it is by then.
"""

import logging
from collections.abc import Iterable
from datetime import datetime

from celery import current_app
from kombu.exceptions import OperationalError

from jobs.models import Job

logger = logging.getLogger(__name__)
RUN = "jobs.run"


def publish(jobs: Iterable[Job], *, now: datetime) -> int:
    """Send a wake-up for each job; returns how many went out.

    A broker that is away is no error: the rows stand, and the sweep publishes them later.
    """
    sent: list[str] = []
    try:
        for job in jobs:
            current_app.send_task(RUN, kwargs={"queue": job.queue}, queue=job.queue, retry=False)
            sent.append(job.pk)
    except (OperationalError, OSError) as error:
        logger.warning("broker away, the sweep will publish", extra={"error": str(error)})
    Job.objects.filter(pk__in=sent).update(published_at=now)
    return len(sent)
