"""`tifo nursery`: loads the platform once and forks its processes, whole, on request (Linux).

Importing everything takes seconds of processor time; a fork takes milliseconds and shares the
memory. So a laptop starts in the time of one import instead of seven, and a killed process is back
at once. Only `tifo up` speaks to it, through `tifo.supervisor.processes.nursery`.
"""

import argparse
import importlib
import os
import socket
import threading
from collections.abc import Sequence

import django

from foundation.http.requests import current_request_id
from tifo import commands
from tifo.celery import app
from tifo.environment import environment
from tifo.loading import loading
from tifo.logs import logging_config
from tifo.processes.forking import attend

LOADED = (
    "tifo.asgi",
    "tifo.urls",
    "tifo.processes.serving",
    "tifo.processes.working",
    "django.core.management",
)


def main(arguments: Sequence[str]) -> int:
    """Serves until the supervisor ends it; in a fork, does what was asked for and returns that."""
    parser = argparse.ArgumentParser(prog="tifo nursery")
    parser.add_argument("--line-fd", type=int, required=True)
    line = socket.socket(fileno=parser.parse_args(arguments).line_fd)
    load()
    line.send(b"ready %d" % os.getpid())
    asked = attend(line)
    if asked is None:
        return 0
    logging_config(environment().log_level, current_request_id)
    return commands.run(asked.arguments[0], asked.arguments[1:])


def load() -> None:
    """Everything that any of the processes needs, but no thread: one would not survive a fork.

    It stays in shared pages: no collector writes to it.
    """
    with loading():
        django.setup()
        for module in LOADED:
            importlib.import_module(module)
        app.loader.import_default_modules()
        app.finalize()
    if threading.active_count() > 1:
        raise RuntimeError(f"loading started threads: {threading.enumerate()}")
