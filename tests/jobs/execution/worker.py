"""`python -m tests.jobs.execution.worker`: loads the platform once, and forks workers on request.

On its input stand `start` and what a worker is told, or `await` and its process id; on its output
the process id, or the code with which it has ended.
"""

import importlib
import json
import os
import signal
import sys
from typing import Any

import tests.system.loaded  # noqa: F401  (needed by what follows)

# isort: split

from tifo import commands
from tifo.celery import app
from tifo.environment import environment
from tifo.loading import loading


def serve() -> None:
    started = []
    for line in sys.stdin:
        word, told = line.split(maxsplit=1)
        if word == "start":
            started.append(begin(json.loads(told)))
            print(started[-1], flush=True)
        else:
            _, status = os.waitpid(int(told), 0)
            started.remove(int(told))
            print(os.waitstatus_to_exitcode(status), flush=True)
    for pid in started:
        os.kill(pid, signal.SIGKILL)


def begin(told: dict[str, Any]) -> int:
    pid = os.fork()
    if pid == 0:
        os.dup2(2, 1)  # what Celery prints is no answer of ours
        os.environ.update(told["environment"])
        environment.cache_clear()
        app.conf.update(broker_url=os.environ["BROKER_URL"])
        os._exit(commands.main(["worker", *told["arguments"]]))
    return pid


if __name__ == "__main__":
    with loading():
        importlib.import_module("tests.jobs.execution.hard_work")
        app.loader.import_default_modules()
        app.finalize()
    serve()
