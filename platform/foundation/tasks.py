"""Celery's doors: what beat asks of the foundation."""

from typing import Any

from celery import shared_task

from foundation import files
from foundation.clock import now
from foundation.mail import services as mail


@shared_task(name="foundation.deliver_mail", ignore_result=True)
def deliver_mail(**_: Any) -> None:
    """Send the letters that wait, and forget those of a month ago."""
    mail.deliver(now=now())
    mail.forget(now=now())


@shared_task(name="foundation.sweep_files", ignore_result=True)
def sweep_files(**_: Any) -> None:
    """Remove bytes that no row names, on the shelf whose turn it is."""
    files.sweep(now=now())
