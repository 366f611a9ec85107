"""Giving a job up without an end: its worker cannot finish it, and another may at once."""

from datetime import datetime, timedelta
from functools import partial
from typing import Final

from django.db import transaction
from django.db.models import F

from jobs.dispatch import publish
from jobs.models import Job
from jobs.services.holding import mine
from jobs.services.settling import die, stop

_BEFORE: Final = timedelta(milliseconds=1)


@transaction.atomic
def let_go(job: Job, *, now: datetime, blamed: bool = True) -> None:
    """End this attempt and no more: the job is tried again at once, not when its lease has run out.

    The process that worked on it has died of it (`blamed`): the last time too, the job is dead.
    Or its worker had to go, which is nothing to the job and costs it no attempt.
    """
    held = mine(job).select_for_update(of=("self",)).first()
    if held is None:
        return
    held.organisation = job.organisation
    if held.state == Job.State.CANCELLING:
        stop(held, now=now, billed=False)
    elif blamed and held.attempt >= held.attempts_most:
        die(held, now=now)
    else:
        most = F("attempts_most") + (0 if blamed else 1)
        mine(held).update(lease_until=now - _BEFORE, attempts_most=most)
        transaction.on_commit(partial(publish, [held]), robust=True)
