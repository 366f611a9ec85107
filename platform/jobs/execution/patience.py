"""Work that is done outlasts a restart of the database: it is waited for, within bounds."""

import logging
import time
from collections.abc import Callable
from typing import Final

from django.db import InterfaceError, OperationalError, close_old_connections, connection

from jobs import services
from jobs.models import Job

logger = logging.getLogger(__name__)
LONGEST_S: Final = 10.0
"""Postgres is back within five seconds of a crash; whoever stops a worker gives it as long."""
PAUSE_S: Final = 0.25


def until_there(job: Job) -> None:
    """Return once the database answers. Raises OperationalError where it does not in time."""
    drop_broken()
    _again(job, connection.ensure_connection)


def drop_broken() -> None:
    """Forget a connection that broke while the work went on, or whoever asks next would fail."""
    if not connection.in_atomic_block:
        close_old_connections()


def settled(job: Job, settle: Callable[[], None]) -> None:
    """Settle, once the database answers. Raises OperationalError or InterfaceError where it does
    not in time.

    It may have settled what it could not answer any more: that is not done again, for the second
    time it would be another's, and its files in the way.
    """

    def once_more() -> None:
        if not services.ended(job):
            settle()

    try:
        settle()
    except (OperationalError, InterfaceError):
        connection.close()
        _again(job, once_more)


def _again(job: Job, act: Callable[[], None]) -> None:
    latest = time.monotonic() + LONGEST_S
    while True:
        try:
            act()
        except (OperationalError, InterfaceError):
            connection.close()
            if time.monotonic() >= latest:
                raise
            logger.warning("database away, what is done waits for it", extra={"job": job.pk})
            time.sleep(PAUSE_S)
        else:
            return
