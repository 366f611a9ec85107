"""A wake-up as Celery writes one, in its protocol 2."""

from functools import lru_cache
from typing import Any, Final

from celery import current_app
from kombu.utils.uuid import uuid

RUN: Final = "jobs.run"


def wake_up(queue: str, lifetime_s: float | None) -> Any:
    """One with an id of its own, which is of no use after so many seconds."""
    number = uuid()
    if lifetime_s is not None:
        return current_app.amqp.as_task_v2(number, RUN, kwargs={"queue": queue}, expires=lifetime_s)
    same = _lasting(queue)
    return same._replace(
        headers=same.headers | {"id": number, "root_id": number},
        properties=same.properties | {"correlation_id": number},
    )


@lru_cache(maxsize=64)
def _lasting(queue: str) -> Any:
    """But for its id it is always the same, and takes longer to make than to send."""
    return current_app.amqp.as_task_v2("", RUN, kwargs={"queue": queue})
