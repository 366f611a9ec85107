"""What beat asks of metering."""

from typing import Any

from celery import shared_task

from foundation.clock import now
from metering.services import growth


@shared_task(name="metering.begin_months", ignore_result=True)
def begin_months(**_: Any) -> None:
    """Give each organisation the tier that its month begins with, unless its users came first."""
    growth.begin_due(now=now())
