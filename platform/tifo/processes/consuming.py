"""How a worker listens to its broker."""

from typing import Any, Final

from celery.concurrency.thread import TaskPool
from celery.worker import consumer, request

from jobs.execution.shift import go_at_once

# 28 queues at RabbitMQ for messages that are to wait until some time, of which there are none.
UNUSED: Final = "celery.worker.consumer.delayed_delivery:DelayedDelivery"
LOOKS_UP_S: Final = 0.5
"""So often it looks whether it is to stop: of itself it would for ten seconds hear of nothing else
than messages."""


_STEPS: Final = [step for step in consumer.Consumer.Blueprint.default_steps if step != UNUSED]


class Thread(TaskPool):
    """Its job is ended by the shift, and not by the pool, which cannot."""

    def terminate_job(self, pid: int, signal: int | None = None) -> None:
        """Called in the middle of anything, of a worker that is told to go at once."""
        go_at_once()


class Request(request.Request):
    """A message in hand, whose acknowledgement is heard of where the broker did not get it."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        # Celery would log what it knows as errors of the connection, and go on. The message would
        # stay in hand, and who has his hands full looks at no connection: he would never find out
        # that it is gone, and wait for ever. Raised, it is a lost connection as any other.
        super().__init__(*arguments, **{**options, "connection_errors": ()})


class Consumer(consumer.Consumer):
    Blueprint = type("Blueprint", (consumer.Consumer.Blueprint,), {"default_steps": _STEPS})

    def register_with_event_loop(self, hub: Any) -> None:
        super().register_with_event_loop(hub)
        hub.call_repeatedly(LOOKS_UP_S, _look_up)


def _look_up() -> None:
    """The loop goes round, and sees."""
