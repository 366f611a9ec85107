"""Servers that a killed supervisor left working in a folder (Linux)."""

import contextlib
import os
import signal
import sys
from pathlib import Path

COMM_LENGTH = 15  # bytes that the kernel keeps of a process's name


def evict(folder: Path, program: str) -> bool:
    """Kills every process called `program` that stands in `folder`; False where none can be seen.

    The caller holds the data folder's lock, so whatever still runs there belongs to nobody. Both
    servers write ahead, so a kill costs them nothing that was acknowledged.
    """
    if sys.platform != "linux":
        return False
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            here = (process / "cwd").readlink() == folder.resolve()
            if here and (process / "comm").read_text().strip() == program[:COMM_LENGTH]:
                os.kill(int(process.name), signal.SIGKILL)
    return True
