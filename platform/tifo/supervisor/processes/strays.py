"""Descendants whose parents died: ours to bury, so that no process is ever left behind (Linux)."""

import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36


def adopt() -> None:
    """From now on a descendant whose parent dies becomes a child of this process."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def reap(known: set[int]) -> None:
    """Buries ended strays, and leaves the `known` children to those who started them."""
    if sys.platform != "linux":
        return
    peek = os.WEXITED | os.WNOHANG | os.WNOWAIT
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitid(os.P_ALL, 0, peek)) and ended.si_pid not in known:
            os.waitpid(ended.si_pid, 0)


def end_all() -> None:
    """Kills and buries every child this process still has; killing one may hand us its children."""
    while strays := list(_children()):
        for pid in strays:
            with contextlib.suppress(ProcessLookupError, ChildProcessError):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)


def _children() -> Iterator[int]:
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            # The name, in parentheses, may hold anything; the fields after it are state and parent.
            fields = (process / "stat").read_text().rpartition(")")[2].split()
            if fields[1] == str(os.getpid()):
                yield int(process.name)
