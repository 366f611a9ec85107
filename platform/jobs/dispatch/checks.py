"""What `tifo check --deploy` says of the broker, which it asks."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from amqp.exceptions import NotFound, PreconditionFailed
from celery import Celery
from celery.app import app_or_default
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004  (Django's)
from kombu import Connection
from kombu.exceptions import OperationalError

from jobs.registry import kind, kinds

OLDEST: Final = (3, 10)
"""Of RabbitMQ: the first whose quorum queues let messages expire."""
SETTLED_WITHIN: Final = timedelta(minutes=1)
"""After its time limit a job has ended, and its wake-up is acknowledged."""
RABBITMQ: Final = "amqp"


@register(deploy=True)
def patience(app_configs: Sequence[Any] | None, **_: Any) -> list[CheckMessage]:
    """A wake-up is acknowledged when its job has ended, and brokers take it back before long."""
    app_or_default().loader.import_default_modules()  # where the kinds are registered
    longest = max(kinds(), key=lambda name: kind(name).time_limit)
    takes = kind(longest).time_limit + SETTLED_WITHIN
    if takes <= settings.BROKER_PATIENCE:
        return []
    return [
        Warning(
            f"The broker gives a wake-up to another worker after {settings.BROKER_PATIENCE}, while "
            f"a job of the kind {longest} may last for {takes}: no job runs twice for that, but "
            "workers are woken up again and again for nothing.",
            hint="Set TIFO_VISIBILITY_SECONDS (Redis) to more than the longest job takes; RabbitMQ "
            "is told a day.",
            id="tifo.W006",
        )
    ]


@register(deploy=True)
def broker(app_configs: Sequence[Any] | None, **_: Any) -> list[CheckMessage]:
    """Is it there, and is it set so that wake-ups arrive?"""
    app = app_or_default()
    if not app.conf.broker_url:
        return [_without_broker("Neither BROKER_URL nor REDIS_URL is set, so there is no broker")]
    connection = app.connection_for_write()
    away: Any = (OperationalError, *connection.connection_errors, *connection.channel_errors)
    try:
        with connection:
            if connection.transport.driver_type == RABBITMQ:
                return list(_rabbitmq(app, connection))
            channel: Any = connection.default_channel
            return list(_redis(channel.client.info()))
    except away as error:
        return [_without_broker(f"The broker does not answer ({error})")]


def _without_broker(why: str) -> CheckMessage:
    return Warning(
        f"{why}: jobs are taken, and wait until one is there.",
        hint="Start it, and set BROKER_URL to where it answers; without it REDIS_URL is taken.",
        id="tifo.W007",
    )


def _redis(info: Mapping[str, Any]) -> Iterator[CheckMessage]:
    # By INFO, which hosted ones tell too; many of them refuse CONFIG.
    if (policy := info["maxmemory_policy"]) != "noeviction":
        yield Warning(
            f"The broker's Redis evicts ({policy}): when its memory is full it drops whole queues "
            "of wake-ups, and jobs wait until the sweep has sent others.",
            hint="Set maxmemory-policy to noeviction.",
            id="tifo.W008",
        )
    if not int(info["aof_enabled"]):
        yield Warning(
            "The broker's Redis writes no append-only file: a restart loses all wake-ups, and jobs "
            "wait until the sweep has sent others. No job is lost, for they stand in Postgres.",
            hint="Set appendonly to yes, with appendfsync everysec.",
            id="tifo.W009",
        )


def _rabbitmq(app: Celery, connection: Connection) -> Iterator[CheckMessage]:
    connection.ensure_connection(max_retries=1, interval_start=0)
    version = str(connection.connection.server_properties.get("version", ""))
    if is_too_old(version):
        yield Error(
            f"The broker is RabbitMQ {version}, whose quorum queues keep wake-ups that nobody "
            "needs any more.",
            hint="Run RabbitMQ 4; 3.10 is the oldest that will do.",
            id="tifo.E003",
        )
    for queue in app.amqp.queues.values():
        with connection.channel() as channel:
            try:
                queue.queue_declare(passive=True, channel=channel)
            except NotFound:
                continue  # Whoever needs it first declares it as it should be.
            try:
                queue.queue_declare(channel=channel)
            except PreconditionFailed as refused:
                yield Error(
                    f"The queue {queue.name} exists with other properties than ours, so no wake-up "
                    f"reaches it: {refused.reply_text}.",
                    hint="Stop the workers, delete the queue (rabbitmqctl delete_queue) and start "
                    "them: they declare it as a quorum queue. No job is lost with it.",
                    id="tifo.E004",
                )


def is_too_old(version: str) -> bool:
    """Of RabbitMQ, in its own words, such as 3.10.8; one that says none is taken for new."""
    numbers = [int(part) for part in version.split(".")[:2] if part.isdecimal()]
    return len(numbers) == 2 and tuple(numbers) < OLDEST
