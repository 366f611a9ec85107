"""The processes that work: `tifo worker` and `tifo beat`."""

import argparse
import os
import signal
import socket
import warnings
from collections.abc import Sequence
from functools import partial
from typing import Final

from celery.apps.beat import Beat
from celery.apps.worker import Worker
from celery.exceptions import SecurityWarning
from celery.signals import setup_logging, worker_ready, worker_shutting_down

from jobs.devices import Device
from jobs.rules import CLASSES, queue_name
from tifo import accelerators
from tifo.celery import app
from tifo.environment import Environment, environment
from tifo.processes.hands import (
    Lodge,
    Process,
    load,
)  # which makes the models ready for what follows
from tifo.supervisor.refusals import NoSuchDevice

from jobs.execution.shift import Post, Shift, employ  # isort: skip
from tifo.processes.consuming import Thread  # isort: skip

CONTROL: Final = "control"


def worker(arguments: Sequence[str]) -> int:
    """One job at a time on one device, the housekeeping, or both. Raises NoSuchDevice."""
    asked = _asked(arguments)
    name = os.environ.get("TIFO_PROCESS", "worker")
    worker_id = f"{name}-{os.getpid()}@{socket.gethostname()}"
    queues = [CONTROL] if asked.control else []
    if asked.accelerator is None:
        return _consume(worker_id, queues)
    chosen = accelerators.device(asked.accelerator, asked.device)
    if chosen is None:
        raise NoSuchDevice(
            f"There is no {asked.accelerator} number {asked.device} on this machine: a worker that"
            " pretended to one would take jobs that cannot run here."
            + (
                " TIFO_NPU names a provider of one that ONNX Runtime lists."
                * (asked.accelerator == "npu")
            )
        )
    os.environ.update(accelerators.only(chosen))
    load()
    lodge = Lodge(name)
    served = [queue_name(chosen.accelerator, work) for work in asked.queues.split(",")]
    post = _post(worker_id, chosen, served, environment())
    shift = Shift(post, partial(_hire, lodge), partial(accelerators.readings, chosen))
    _at_work(shift)
    try:
        return _consume(worker_id, [*served, *queues])
    finally:
        shift.end()
        lodge.close()


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


def _asked(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tifo worker")
    parser.add_argument("--accelerator", choices=["cpu", "gpu", "npu"], help="what it computes on")
    parser.add_argument("--device", type=int, default=0, help="which of them, from 0")
    parser.add_argument("--queues", default=",".join(CLASSES), help="of " + ",".join(CLASSES))
    parser.add_argument("--control", action="store_true", help="does the housekeeping (too)")
    asked = parser.parse_args(arguments)
    for work in asked.queues.split(","):
        if work not in CLASSES:
            parser.error(f"--queues knows {' and '.join(CLASSES)}, and no {work!r}")
    if asked.accelerator is None and not asked.control:
        asked.accelerator, asked.control = "cpu", True  # all that a small installation needs
    return asked


def _post(worker_id: str, chosen: Device, served: Sequence[str], given: Environment) -> Post:
    hottest = None if chosen.accelerator == "cpu" else accelerators.HOTTEST_C
    return Post(
        id=worker_id,
        machine=socket.gethostname(),
        device=chosen,
        queues=served,
        memory_bytes=given.worker_memory_bytes or accelerators.memory_bytes() // 2,
        pause_celsius=given.pause_celsius or hottest,
    )


def _hire(lodge: Lodge) -> Process:
    """A hand; where none can be had any more, the worker ends, and whoever minds it starts anew."""
    try:
        return lodge.hire()
    except OSError:
        os.kill(os.getpid(), signal.SIGTERM)
        raise


def _at_work(shift: Shift) -> None:
    """From now on, and in earnest from when Celery is ready until it is told to stop."""

    def ready(**_: object) -> None:
        shift.ready()

    def drain(how: str = "", **_: object) -> None:
        shift.drain(environment().drains_within_s if how == "Warm" else 0.0)

    employ(shift)
    shift.begin()
    worker_ready.connect(ready, weak=False)
    worker_shutting_down.connect(drain, weak=False)


def _consume(worker_id: str, queues: Sequence[str]) -> int:
    """Follow wake-ups until told to stop; the exit code."""
    setup_logging.connect(_already_set_up)
    # It warns of root because pickled messages could run code; ours are JSON only.
    warnings.simplefilter("ignore", SecurityWarning)
    process = _Worker(
        app=app,
        hostname=worker_id,
        # A thread, and not the loop itself: the broker hears from us while a job goes on.
        pool_cls=Thread,
        concurrency=1,
        queues=",".join(queues),
        loglevel=environment().log_level,
        quiet=True,
        # Workers need not know each other: jobs are claimed in the database.
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )
    process.start()
    return int(process.exitcode or 0)


class _Worker(Worker):
    def set_process_status(self, info: str) -> None:
        """It keeps the title it has: Celery's would show the command line of the nursery."""


class _Beat(Beat):
    def set_process_title(self) -> None:
        """As above."""


def _already_set_up(**_: object) -> None:
    """Django's settings configured logging; a receiver here keeps Celery from doing it again."""
