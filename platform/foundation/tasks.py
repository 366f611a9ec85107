"""Celery's doors: what beat asks of the foundation."""

from typing import Any

from celery import shared_task

from foundation import files
from foundation.clock import now
from foundation.files import uploads
from foundation.mail import services as mail


@shared_task(name="foundation.deliver_mail", ignore_result=True)
def deliver_mail(**_: Any) -> None:
    """Send the letters that wait, and forget those of a month ago."""
    mail.deliver(now=now())
    mail.forget(now=now())


@shared_task(name="foundation.sweep_files", ignore_result=True)
def sweep_files(**_: Any) -> None:
    """End uploads whose time is over, and remove bytes that no row names where the turn is."""
    moment = now()
    while uploads.end_expired(now=moment) == files.BATCH:
        pass  # A full batch: there may be more.
    files.sweep(now=moment)
