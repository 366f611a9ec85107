"""Celery's doors: what beat asks of billing."""

from typing import Any

from celery import shared_task

from billing.services import closing
from foundation.clock import now
from metering import seals


@shared_task(name="billing.close", ignore_result=True)
def close(**_: Any) -> None:
    """Close the months whose time has come; their users are sealed before, so that nobody waits."""
    moment = now()
    seals.seal_due(now=moment)
    closing.close_due(moment)
