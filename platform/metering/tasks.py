"""Celery's doors: what beat asks of metering."""

from typing import Any

from celery import shared_task

from foundation.clock import now
from metering import seals


@shared_task(name="metering.seal", ignore_result=True)
def seal(**_: Any) -> None:
    """Seal the months that have ended, so that no close waits for it."""
    seals.seal_due(now=now())
