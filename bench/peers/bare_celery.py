"""Celery as it comes, with a task that does nothing: `celery -A bench.peers.bare_celery worker`."""

import os

from celery import Celery

app = Celery("bare", broker=os.environ["REDIS_URL"], backend=os.environ["REDIS_URL"])
app.conf.worker_prefetch_multiplier = 1
app.conf.task_acks_late = True
app.conf.task_default_queue = "bare"


@app.task
def noop() -> None:
    """Nothing."""
