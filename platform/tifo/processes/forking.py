"""Forks that become children of the supervisor: the working part of `tifo nursery` (Linux)."""

import ctypes
import json
import os
import signal
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from tifo.titles import set_title

PR_SET_PDEATHSIG = 1
LARGEST_REQUEST_BYTES = 65_536
MOST_FILES = 8
ADOPTED_WITHIN_S = 5.0


@dataclass(frozen=True)
class Request:
    """One process to be: the arguments of a `tifo` command, and how it is to behave."""

    name: str
    arguments: Sequence[str]
    orphaned: int
    nice: int


def attend(line: socket.socket) -> Request | None:
    """Forks a process for each request, and returns only in it (or when nobody asks any more).

    Twice forked, it loses its parent and is adopted by the supervisor, which then owns it like any
    child that it started itself.
    """
    supervisor = os.getppid()
    while True:
        data, files, _, _ = socket.recv_fds(line, LARGEST_REQUEST_BYTES, MOST_FILES)
        if not data:
            return None
        between = os.fork()
        if between == 0:
            if os.fork() != 0:
                os._exit(0)
            return _born(line, Request(**json.loads(data)), files, supervisor)
        os.waitpid(between, 0)
        for file in files:
            os.close(file)


def _born(line: socket.socket, asked: Request, files: Sequence[int], supervisor: int) -> Request:
    """Makes this fork a process of its own: group, output, priority, parent, title."""
    os.setpgid(0, 0)
    output, *inherited = files
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    os.nice(asked.nice)
    _await_adoption(supervisor)
    libc: Any = ctypes.CDLL(None)
    libc.prctl(PR_SET_PDEATHSIG, asked.orphaned, 0, 0, 0)
    if os.getppid() != supervisor:
        os.kill(os.getpid(), signal.SIGKILL)
    os.environ["TIFO_PROCESS"] = asked.name
    set_title(asked.name)
    line.send(b"born %d" % os.getpid())
    line.close()
    listen = [f"--listen-fd={file}" for file in inherited]
    return replace(asked, arguments=[*asked.arguments, *listen])


def _await_adoption(supervisor: int) -> None:
    latest = time.monotonic() + ADOPTED_WITHIN_S
    while os.getppid() != supervisor:
        if time.monotonic() > latest:
            os._exit(1)
        time.sleep(0.001)
