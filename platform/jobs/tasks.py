"""Celery's doors: run one job, and the housekeeping that beat asks for."""

from datetime import timedelta
from typing import Any, Final

from celery import shared_task

from foundation import files
from foundation.clock import now
from foundation.events import services as outbox
from foundation.http import idempotency
from jobs import services, usage
from jobs.dispatch import RUN
from jobs.execution import execute

FORGOTTEN_FOR: Final = timedelta(hours=1)


@shared_task(name=RUN, acks_late=True, ignore_result=True)
def run(*, job_id: str, **_: Any) -> None:
    # Every accelerator is the processor itself until a runtime says otherwise, and the row says so.
    execute(job_id, ran_on="cpu")


@shared_task(name="jobs.sweep", ignore_result=True)
def sweep(**_: Any) -> None:
    services.sweep(now=now())


@shared_task(name="jobs.expire", ignore_result=True)
def expire(**_: Any) -> None:
    """Delete what has passed its published end, and count what an older worker has not."""
    moment = now()
    while files.delete_expired(now=moment) == files.BATCH:
        pass  # A full batch: there may be more.
    while usage.reconcile(since=moment - FORGOTTEN_FOR) == usage.BATCH:
        pass
    idempotency.forget_expired(now=now())
    outbox.forget_expired(now=now())
