"""Waiting for a job to end, in a thread that holds no connection to the database meanwhile."""

import time
from typing import Final

from django.db import connection

from foundation.events.listening import ear
from foundation.events.sockets import Audience
from jobs.models import Job
from jobs.queries import OPEN

FIRST_LOOK_S: Final = 0.005
LONGEST_PAUSE_S: Final = 8.0


def await_end(job: Job, *, seconds: float) -> bool:
    """Return once the job has ended, and no later than in so many seconds; whether it has.

    Its end is heard of; for the case that it is not, the row is looked at after 5, 10, 20, … ms,
    and at last every 8 s.
    """
    until, pause_s = time.monotonic() + seconds, FIRST_LOOK_S
    with ear.listening(
        Audience(job.organisation_id, job.livemode),
        lambda frame: frame.get("id") == job.pk and frame.get("state") not in OPEN,
    ) as heard:
        while not _has_ended(job):
            left_s = until - time.monotonic()
            if left_s <= 0:
                return False
            heard.wait(min(pause_s, left_s))
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
    return True


def _has_ended(job: Job) -> bool:
    ended = not Job.objects.filter(pk=job.pk, state__in=OPEN).exists()
    if not connection.in_atomic_block:
        connection.close()  # back to the pool, for who needs one
    return ended
