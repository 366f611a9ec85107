"""Celery as it comes, with a task that does nothing: `celery -A bench.peers.bare_celery worker`."""

import os

from celery import Celery

from tifo.settings.messages import broker

_redis = broker(os.environ["REDIS_URL"])  # in Celery's words, where it is a socket's path
app = Celery("bare", broker=_redis, backend=_redis)
app.conf.worker_prefetch_multiplier = 1
app.conf.task_acks_late = True
app.conf.task_default_queue = "bare"


@app.task
def noop() -> None:
    """Nothing."""
