"""Celery's doors: run one job, and the housekeeping that beat asks for."""

import time
from typing import Any, Final

from celery import shared_task

from foundation import files
from foundation.clock import month_before, now
from foundation.events import services as outbox
from foundation.http import idempotency
from jobs import services, usage
from jobs.dispatch import RUN
from jobs.execution.shift import shift

GOES_ON_S: Final = 2.0


@shared_task(name=RUN, acks_late=True, reject_on_worker_lost=True, ignore_result=True)
def run(*, queue: str, **_: Any) -> None:
    """Follow a wake-up. It is acknowledged at the end: a worker that dies has not followed it.

    What waits behind the job is taken too, for a while: its own wake-ups may have been lost.
    """
    until = time.monotonic() + GOES_ON_S
    while (job := shift().take(queue)) and job.others_wait and time.monotonic() < until:
        pass


@shared_task(name="jobs.sweep", ignore_result=True)
def sweep(**_: Any) -> None:
    services.sweep(now=now())


@shared_task(name="jobs.expire", ignore_result=True)
def expire(**_: Any) -> None:
    """Delete what has passed its published end: result files, idempotency records, events."""
    moment = now()
    while files.delete_expired(now=moment) == files.BATCH:
        pass  # A full batch: there may be more.
    idempotency.forget_expired(now=now())
    outbox.forget_expired(now=now())


@shared_task(name="jobs.reconcile", ignore_result=True)
def reconcile(**_: Any) -> None:
    """Count the jobs of this month and the one before that a worker has settled without a row."""
    since = month_before(now())
    while usage.reconcile(since=since) == usage.BATCH:
        pass  # A full batch: there may be more.
