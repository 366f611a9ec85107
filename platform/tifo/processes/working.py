"""The processes that work: `tifo worker` and `tifo beat`."""

import argparse
import os
import socket
import warnings
from collections.abc import Sequence

from celery.apps.beat import Beat
from celery.apps.worker import Worker
from celery.exceptions import SecurityWarning
from celery.signals import setup_logging

from jobs.rules import CLASSES, queue_name
from tifo.celery import app
from tifo.environment import environment

EVERY_QUEUE = "cpu,gpu,npu,control"
CONTROL = "control"


def queues_of(names: str) -> str:
    """Celery's queues for "cpu,control" and the like: an accelerator stands for its two."""
    given = [name.strip() for name in names.split(",")]
    return ",".join(
        queue
        for name in given
        for queue in ([name] if name == CONTROL else [queue_name(name, work) for work in CLASSES])
    )


def worker(arguments: Sequence[str]) -> int:
    """One job at a time: a queue stands for an accelerator, and an accelerator has one owner."""
    parser = argparse.ArgumentParser(prog="tifo worker")
    parser.add_argument("--queues", default=EVERY_QUEUE, help=f"of {EVERY_QUEUE}")
    queues = parser.parse_args(arguments).queues
    name = f"{os.environ.get('TIFO_PROCESS', 'worker')}-{os.getpid()}@{socket.gethostname()}"
    setup_logging.connect(_already_set_up)
    # It warns of root because pickled messages could run code; ours are JSON only.
    warnings.simplefilter("ignore", SecurityWarning)
    process = _Worker(
        app=app,
        hostname=name,
        pool_cls="solo",
        queues=queues_of(queues),
        loglevel=environment().log_level,
        quiet=True,
        # Workers need not know each other: jobs are claimed in the database.
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )
    process.start()
    return int(process.exitcode or 0)


def beat(arguments: Sequence[str]) -> int:
    """The clock. It keeps no file: every entry is a sweep that may as well run once more."""
    argparse.ArgumentParser(prog="tifo beat").parse_args(arguments)
    setup_logging.connect(_already_set_up)
    _Beat(
        app=app,
        quiet=True,
        scheduler_cls="celery.beat:Scheduler",
        loglevel=environment().log_level,
    ).run()
    return 0


class _Worker(Worker):
    def set_process_status(self, info: str) -> None:
        """It keeps the title it has: Celery's would show the command line of the nursery."""


class _Beat(Beat):
    def set_process_title(self) -> None:
        """As above."""


def _already_set_up(**_: object) -> None:
    """Django's settings configured logging; a receiver here keeps Celery from doing it again."""
