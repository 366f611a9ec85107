"""From the ledger to Celery: a wake-up on its queue for each job that has got its turn.

A wake-up names no job: whoever is woken takes the one whose turn it is by then.
"""

import logging
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

from amqp.exceptions import ChannelError
from celery import current_app
from kombu import Producer
from kombu.exceptions import OperationalError

from jobs.dispatch.messages import RUN as RUN
from jobs.dispatch.messages import wake_up
from jobs.models import Job

logger = logging.getLogger(__name__)


def publish(jobs: Iterable[Job]) -> int:
    """Send a wake-up for each job; returns how many went out."""
    return wake(Counter(job.queue for job in jobs))


def wake(queues: Counter[str], *, expires: timedelta | None = None) -> int:
    """Send so many wake-ups to each queue, of no use after `expires`; returns how many went out.

    A broker that is away is no error: the rows stand, and the sweep looks for them.
    """
    sent = 0
    lifetime_s = None if expires is None else expires.total_seconds()
    away: tuple[type[BaseException], ...] = (OperationalError, OSError)
    try:
        with current_app.producer_pool.acquire(block=True) as producer:
            assert producer.connection is not None
            away += producer.connection.recoverable_connection_errors
            for queue, count in queues.items():
                sent += _send(producer, queue, count, lifetime_s)
    except away as error:
        logger.warning("broker away, the sweep will publish", extra={"error": str(error)})
    return sent


def _send(producer: Producer, queue: str, count: int, lifetime_s: float | None) -> int:
    """How many went out; none into a queue that the broker refuses, which is no other's affair."""
    send = current_app.amqp.send_task_message  # beneath `send_task`, which takes as long again
    for number in range(count):
        message = wake_up(queue, lifetime_s)
        try:
            send(producer, RUN, message, queue=queue, retry=False, expiration=lifetime_s)
        except ChannelError as error:
            logger.error("queue refused", extra={"queue": queue, "error": str(error)})
            return number
    return count
