"""Celery's doors to the gate's housekeeping, which beat asks for."""

from typing import Any

from celery import shared_task

from foundation.clock import now
from gateway.admission import refunds, refusal_log


@shared_task(name="gateway.expire", ignore_result=True)
def expire(**_: Any) -> None:
    """Delete counts of refusals past their end."""
    refusal_log.forget(now=now())


@shared_task(name="gateway.refund", ignore_result=True)
def refund(**_: Any) -> None:
    """Give back what failed jobs are still due."""
    refunds.sweep()
