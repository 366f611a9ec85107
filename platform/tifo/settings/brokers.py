"""How Celery speaks to the broker that a URL names: Redis, or RabbitMQ with quorum queues.

A message only wakes a worker up, and the sweep makes up for one that is lost, so what is set here
is about speed and about what may pile up, and no job depends on it.
"""

import urllib.parse
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final, get_args

from kombu import Exchange, Queue

from jobs.rules import CLASSES, Accelerator, queue_name

CONTROL: Final = "control"
RABBITMQ: Final = ("amqp", "amqps")
LONGEST: Final = timedelta(days=1)
"""So long RabbitMQ lets a wake-up go unacknowledged: no job may take longer."""

# A queue that exists keeps its arguments: to declare it with others is an error, so these stay.
_QUORUM: Final[Mapping[str, Any]] = {
    "x-queue-type": "quorum",
    # One that ends its worker each time is dropped; the job's own attempts are counted elsewhere.
    "x-delivery-limit": 5,
    # Without workers beat's messages would pile up. The oldest go first, and the sweep sends more.
    "x-max-length": 100_000,
    # Since RabbitMQ 3.12; before, and by default, it takes the worker's channel after 30 minutes.
    "x-consumer-timeout": int(LONGEST.total_seconds() * 1000),
}
# Whoever asks for a job must not wait for a broker that is away: the sweep publishes it later.
_AT_ONCE: Final[Mapping[str, Any]] = {
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
}


def address(redis_url: str) -> str:
    """Celery's spelling of a Redis address (kombu writes unix sockets as `redis+socket://`)."""
    parts = urllib.parse.urlsplit(redis_url)
    if parts.scheme != "unix":
        return redis_url
    number = urllib.parse.parse_qs(parts.query).get("db", ["0"])[0]
    return f"redis+socket://{parts.path}?virtual_host={number}"


def is_rabbitmq(url: str) -> bool:
    return urllib.parse.urlsplit(url).scheme in RABBITMQ


def transport(url: str, *, visibility: timedelta) -> dict[str, Any]:
    """What Celery tells the transport; after `visibility` Redis takes a message back from a worker
    that has not acknowledged it, and gives it to another."""
    if is_rabbitmq(url):
        return {**_AT_ONCE, "confirm_publish": True, "read_timeout": 2, "write_timeout": 2}
    return {
        **_AT_ONCE,
        "socket_timeout": 5,
        "socket_connect_timeout": 2,
        "visibility_timeout": int(visibility.total_seconds()),
        # So often it looks for what a worker died with.
        "unacked_restore_interval": 1,
        "unacked_restore_throttle": 1,
        # Jobs are ordered in the database. One list for each queue, and not one for each priority.
        "priority_steps": [0],
    }


def patience(url: str, *, visibility: timedelta) -> timedelta:
    """After how long the broker takes a message back from a worker that has not acknowledged it."""
    return LONGEST if is_rabbitmq(url) else visibility


def queues(url: str) -> list[Queue] | None:
    """Those of RabbitMQ, declared by whoever comes first; None for Redis, where lists need none."""
    if not is_rabbitmq(url):
        return None
    exchange = Exchange("tifo", type="direct")
    jobs = [queue_name(each, work) for each in get_args(Accelerator) for work in CLASSES]
    return [
        Queue(name, exchange, routing_key=name, queue_arguments=dict(_QUORUM))
        for name in (CONTROL, *jobs)
    ]
