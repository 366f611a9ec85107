"""How a worker listens to its broker."""

from typing import Any, Final

from celery.worker import consumer

# 28 queues at RabbitMQ for messages that are to wait until some time, of which there are none.
UNUSED: Final = "celery.worker.consumer.delayed_delivery:DelayedDelivery"
LOOKS_UP_S: Final = 0.5
"""So often it looks whether it is to stop: of itself it would for ten seconds hear of nothing else
than messages."""


_STEPS: Final = [step for step in consumer.Consumer.Blueprint.default_steps if step != UNUSED]


class Consumer(consumer.Consumer):
    Blueprint = type("Blueprint", (consumer.Consumer.Blueprint,), {"default_steps": _STEPS})

    def register_with_event_loop(self, hub: Any) -> None:
        super().register_with_event_loop(hub)
        hub.call_repeatedly(LOOKS_UP_S, _look_up)


def _look_up() -> None:
    """The loop goes round, and sees."""
