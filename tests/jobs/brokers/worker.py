"""`python -m tests.jobs.brokers.worker`: a `tifo worker` that knows a job which takes its time."""

import sys
import time
from pathlib import Path

import tests.system.loaded  # noqa: F401  (needed by what follows)

# isort: split

from jobs import registry
from jobs.registry import Result, Task
from tifo import commands


@registry.handles("test.linger")
def linger(task: Task) -> Result:
    """Notes in the file `note` that it has begun, and lasts so many `seconds`."""
    with Path(task.payload["note"]).open("a") as note:
        note.write(f"{task.job_id}\n")
    latest = time.monotonic() + task.payload["seconds"]
    while time.monotonic() < latest:
        task.progress(0.5)
        time.sleep(0.02)
    return Result()


if __name__ == "__main__":
    sys.exit(commands.main(["worker", *sys.argv[1:]]))
