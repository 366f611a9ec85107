"""How a worker listens to its broker."""

import logging
import time
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import datetime
from functools import partial
from typing import Any, Final

from celery.concurrency.thread import TaskPool
from celery.exceptions import InvalidTaskError
from celery.worker import consumer, request
from celery.worker.strategy import default
from django.db import close_old_connections, connection
from kombu import Connection
from kombu.transport import redis, virtual

from foundation.clock import now
from jobs.dispatch import RUN
from jobs.execution.shift import go_at_once

logger = logging.getLogger(__name__)
# 28 queues at RabbitMQ for messages that are to wait until some time, of which there are none.
UNUSED: Final = "celery.worker.consumer.delayed_delivery:DelayedDelivery"
LOOKS_UP_S: Final = 0.5
"""So often it looks whether it is to stop: of itself it would for ten seconds hear of nothing else
than messages."""
Errors = tuple[type[BaseException], ...]
GIVES_WAY_S: Final = 0.001
"""So long the thread may work alone when it begins: or this one would hold the interpreter for as
long as the claim takes, to listen for what comes after it."""
KEPT_S: Final = 1.0
"""So long the database's connection is kept from one job to the next."""


_STEPS: Final = [step for step in consumer.Consumer.Blueprint.default_steps if step != UNUSED]


class Thread(TaskPool):
    """One that follows wake-ups one after the other, and does the housekeeping between them."""

    executor: Executor
    _followed_at: float | None = None

    def terminate_job(self, pid: int, signal: int | None = None) -> None:
        """Housekeeping goes on to its end: no pool of threads can end it."""

    def follow(self, job: Callable[[], None], acknowledge: Callable[[], object]) -> None:
        """Do the job in the thread, and acknowledge its message when it has ended, however."""
        self.executor.submit(self._follow, job, acknowledge)
        time.sleep(GIVES_WAY_S)

    def rest(self) -> None:
        """Called now and then: a connection that nobody has used lately may be gone, unnoticed."""
        if self._followed_at is not None and time.monotonic() > self._followed_at + KEPT_S:
            self._followed_at = None
            self.executor.submit(close_old_connections)

    def _follow(self, job: Callable[[], None], acknowledge: Callable[[], object]) -> None:
        try:
            if connection.errors_occurred:
                close_old_connections()
            job()
        except Exception:  # what is lost with it the sweep finds, and the next one is followed
            logger.exception("a wake-up could not be followed")
        self._followed_at = time.monotonic()
        acknowledge()


class Request(request.Request):
    """A message in hand, whose acknowledgement is heard of where the broker did not get it."""

    def __init__(self, message: Any, **options: Any) -> None:
        known = _known(message, options["connection_errors"])
        super().__init__(message, **{**options, "connection_errors": known})


def _known(message: Any, errors: Errors) -> Errors:
    """Of the errors of a connection those that an acknowledgement may meet and nobody hears of.

    Celery logs them all, and goes on. At Redis the message would stay in hand, and who has his
    hands full looks at no connection: he would never find out that it is gone, and wait for ever.
    Raised, it is a lost connection as any other. Who speaks to RabbitMQ finds out by himself, and
    by then has a new one, which an error of the old must not end.
    """
    return () if isinstance(message.channel, virtual.Channel) else errors


def strategy(task: Any, app: Any, listening: Any) -> Callable[..., object]:
    """How messages of the task are followed: wake-ups straight away, and others as Celery does.

    For a task Celery makes a request, tells a dozen signals, writes two lines of log and fetches
    another connection to the database, and all of that for a message that has none of its own to
    say. It takes longer than the claim.
    """
    if task.name == RUN:
        return partial(_follow, task, listening.pool, listening.connection_errors)
    followed: Callable[..., object] = default(task, app, listening)
    return followed


def _follow(
    task: Any,
    thread: Thread,
    errors: Errors,
    message: Any,
    body: object,
    acknowledge: Callable[..., object],
    reject: object,
    callbacks: object,
) -> None:
    """Raises InvalidTaskError, upon which Celery rejects the message."""
    try:
        _, given, _ = message.payload
        job = partial(task.run, queue=str(given["queue"]))
        expires = message.headers.get("expires")
        over = expires is not None and datetime.fromisoformat(expires) < now()
    except (LookupError, TypeError, ValueError) as unreadable:
        raise InvalidTaskError(str(unreadable)) from unreadable
    done = partial(acknowledge, logger, _known(message, errors))
    if over:
        done()
    else:
        thread.follow(job, done)


class InHand(redis.QoS):
    """What of Redis' messages is in hand: written down there, for the case that it is let fall.

    It is followed first, for it has left its queue already. A wake-up is written down at the next
    look only: by then its job has a lease in the ledger or is done, and nothing was to be written.
    """

    def __init__(self, hub: Any, channel: redis.Channel) -> None:
        super().__init__(channel)
        self._hub = hub
        self._unwritten: dict[str, Any] = {}
        self._looks = False

    def append(self, message: Any, delivery_tag: str) -> None:
        virtual.QoS.append(self, message, delivery_tag)
        self._unwritten[delivery_tag] = message
        if message.headers.get("task") != RUN:
            self._hub.call_soon(self._write_down)
        elif not self._looks:
            self._looks = True
            self._hub.call_later(LOOKS_UP_S, self._look)

    def ack(self, delivery_tag: str) -> None:
        if self._unwritten.pop(delivery_tag, None) is None:
            super().ack(delivery_tag)
        else:
            virtual.QoS.ack(self, delivery_tag)

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        self._write_down()
        super().reject(delivery_tag, requeue)

    def restore_unacked(self, client: Any = None) -> None:
        self._write_down()
        super().restore_unacked(client)

    def _look(self) -> None:
        self._looks = False
        self._write_down()

    def _write_down(self) -> None:
        while self._unwritten:
            delivery_tag, message = self._unwritten.popitem()
            super().append(message, delivery_tag)


class Consumer(consumer.Consumer):
    Blueprint = type("Blueprint", (consumer.Consumer.Blueprint,), {"default_steps": _STEPS})
    hub: Any

    def connection_for_read(self, heartbeat: float | None = None) -> Connection:
        made: Connection = super().connection_for_read(heartbeat)
        if made.transport.driver_type == "redis":
            channel: Any = made.default_channel
            channel.QoS = partial(InHand, self.hub)
        return made

    def register_with_event_loop(self, hub: Any) -> None:
        super().register_with_event_loop(hub)
        hub.call_repeatedly(LOOKS_UP_S, self.pool.rest)

    def cancel_active_requests(self) -> None:
        """Called in the middle of anything, of a worker that is told to go at once."""
        go_at_once()
        super().cancel_active_requests()
