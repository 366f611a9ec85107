"""From the ledger to Celery: a wake-up on its queue for each job that has got its turn.

A wake-up names no job: whoever is woken takes the one whose turn it is by then.
"""

import logging
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from amqp.exceptions import ChannelError
from celery import current_app
from kombu.exceptions import OperationalError

from jobs.models import Job

logger = logging.getLogger(__name__)
RUN: Final = "jobs.run"


def publish(jobs: Iterable[Job]) -> int:
    """Send a wake-up for each job; returns how many went out."""
    return wake(Counter(job.queue for job in jobs))


def wake(queues: Counter[str], *, expires: timedelta | None = None) -> int:
    """Send so many wake-ups to each queue, of no use after `expires`; returns how many went out.

    A broker that is away is no error: the rows stand, and the sweep looks for them.
    """
    sent = 0
    lifetime_s = None if expires is None else expires.total_seconds()
    try:
        for queue, count in queues.items():
            sent += _send(queue, count, lifetime_s)
    except (OperationalError, OSError) as error:
        logger.warning("broker away, the sweep will publish", extra={"error": str(error)})
    return sent


def _send(queue: str, count: int, lifetime_s: float | None) -> int:
    """How many went out; none into a queue that the broker refuses, which is no other's affair."""
    for number in range(count):
        try:
            current_app.send_task(
                RUN, kwargs={"queue": queue}, queue=queue, retry=False, expires=lifetime_s
            )
        except ChannelError as error:
            logger.error("queue refused", extra={"queue": queue, "error": str(error)})
            return number
    return count
