"""The processes that work for a worker: forked where that is safe, else started anew.

On Linux they are forks of a process that has loaded everything and has neither thread nor
connection, so that a new one is there in milliseconds and shares its memory; it never computes, so
whatever a fork may not inherit (CUDA first of all) begins in the fork itself. Elsewhere a fork of a
program with system frameworks is not safe, and each is a program of its own.
"""

import argparse
import ctypes
import json
import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from typing import Final, NoReturn

import django

from jobs.execution.line import Line
from tifo.celery import app
from tifo.processes.forking import PR_SET_PDEATHSIG, Request, attend
from tifo.supervisor.processes import strays
from tifo.supervisor.processes.program import kill_group
from tifo.titles import set_title

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tifo.settings.base")
django.setup()

from jobs.execution.work import serve  # noqa: E402  (needs the models)

logger = logging.getLogger(__name__)
FORKS: Final = sys.platform == "linux"
PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")
BORN_WITHIN_S: Final = 5.0
BORN_BYTES: Final = 64
RESIDENT: Final = 1  # the field of /proc/<pid>/statm
SIZES_BYTES: Final = 256


class Lodge:
    """Where a worker gets its hands from. To be made before it has any thread or connection."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._pid = 0
        if FORKS:
            strays.adopt()
            self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            self._ours.settimeout(BORN_WITHIN_S)
            self._pid = os.fork()
            if self._pid == 0:
                self._ours.close()
                _attend(theirs, name)
            theirs.close()

    def hire(self) -> "Process":
        """A process that waits for its first order. Raises OSError when none can be made."""
        ours, theirs = socket.socketpair()
        try:
            started = None if FORKS else _start(theirs, self._name)
            pid = started.pid if started else self._fork(theirs)
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()
        return Process(pid, Line(ours), {self._pid}, started)

    def _fork(self, theirs: socket.socket) -> int:
        request = {"name": _title(self._name), "arguments": (), "orphaned": int(signal.SIGKILL)}
        told = json.dumps(request | {"nice": 0}).encode()
        socket.send_fds(self._ours, [told], [sys.stderr.fileno(), theirs.fileno()])
        word, number = self._ours.recv(BORN_BYTES).split() or (b"", b"0")
        if word != b"born":
            raise OSError("there is nobody to fork from")
        return int(number)

    def close(self) -> None:
        """Nobody is hired any more."""
        if FORKS:
            self._ours.close()
            os.waitpid(self._pid, 0)


class Process:
    """A hand, in a process group of its own."""

    def __init__(
        self, pid: int, line: Line, spared: set[int], started: subprocess.Popen[bytes] | None
    ) -> None:
        self.pid = pid
        self._line = line
        self._spared = spared
        self._started = started
        # Kept open: it is read for every job, and of nobody else who gets the number later.
        self._sizes: int | None = None
        self._over = False

    def tell(self, order: bytes) -> None:
        self._line.tell(order)

    def hear(self, within_s: float) -> bytes | None:
        return self._line.hear(within_s)

    def lives(self) -> bool:
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    def memory_bytes(self) -> int | None:
        try:
            sizes = self._open_sizes()
            fields = os.pread(sizes, SIZES_BYTES, 0).split()
        except OSError:
            return None
        return int(fields[RESIDENT]) * PAGE_BYTES

    def _open_sizes(self) -> int:
        if self._over:
            raise ProcessLookupError(self.pid)
        if self._sizes is None:
            self._sizes = os.open(f"/proc/{self.pid}/statm", os.O_RDONLY)
        return self._sizes

    def kill(self) -> None:
        kill_group(self.pid)
        os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)

    def end(self) -> int:
        self._line.close()
        kill_group(self.pid)
        _, status, took = os.wait4(self.pid, 0)
        if self._started:
            self._started.returncode = os.waitstatus_to_exitcode(status)
        strays.reap(self._spared)
        self._over = True
        if self._sizes is not None:
            os.close(self._sizes)
        return round(1000 * (took.ru_utime + took.ru_stime))


def main(arguments: Sequence[str]) -> int:
    """`tifo hand`: one that was started anew; only a worker starts it."""
    parser = argparse.ArgumentParser(prog="tifo hand")
    parser.add_argument("--listen-fd", type=int, required=True)
    _deaf_to_the_terminal()
    load()
    serve(Line(socket.socket(fileno=parser.parse_args(arguments).listen_fd)))
    return 0


def load() -> None:
    """All that a job may need, before the first fork: a hand that loads it would not share it."""
    app.loader.import_default_modules()
    app.finalize()


def _attend(theirs: socket.socket, name: str) -> NoReturn:
    """Fork whoever is asked for; in the fork, work."""
    try:
        _deaf_to_the_terminal()
        os.environ["TIFO_PROCESS"] = f"{name} lodge"
        set_title(name)
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
        asked = attend(theirs)
        if asked is not None:
            serve(Line(socket.socket(fileno=_inherited(asked))))
    except Exception:
        logger.exception("process ended")
    finally:
        os._exit(0)  # whatever happens, no fork goes on as if it were the worker


def _inherited(asked: Request) -> int:
    return int(asked.arguments[-1].partition("=")[2])


def _start(theirs: socket.socket, name: str) -> subprocess.Popen[bytes]:
    file = theirs.fileno()
    command = [sys.executable, "-P", "-m", "tifo", "hand", f"--listen-fd={file}"]
    return subprocess.Popen(  # noqa: S603  (made of constants)
        command,
        env={**os.environ, "TIFO_PROCESS": _title(name)},
        pass_fds=(file,),
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )


def _title(name: str) -> str:
    return f"{name} hand"


def _deaf_to_the_terminal() -> None:
    """What ends a worker ends its hands, in order: a terminal or a service manager tells all."""
    for told in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(told, signal.SIG_IGN)
