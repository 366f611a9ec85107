"""The processes that a figure measures from outside: started, timed by the kernel, ended by id."""

import contextlib
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.servers import NotMeasurable
from tifo.supervisor.processes.program import Program, end

READY_WITHIN_S = 60.0
_PROC = Path("/proc")
_CPU_CLOCK = 2  # of a process, in the numbers that the kernel gives clocks
_measured: set[int] = set()  # the core of what is measured


@contextmanager
def running(
    command: Sequence[str],
    *,
    log: Path,
    ready: Callable[[], bool],
    environment: Mapping[str, str] | None = None,
) -> Iterator[int]:
    """Run a command until the block ends; yields its process id once it is ready.

    The kernel ends it should we die first. Within `apart` it has a core of its own.

    Raises:
        RuntimeError: it died, or was not ready within a minute; tells what it said.
    """
    program = Program(
        name=command[0],
        command=command,
        environment={**os.environ, **(environment or {})},
        folder=Path(__file__).parents[1],
        orphaned=signal.SIGTERM,
    )
    with log.open("ab") as output:
        process = program.spawn(output.fileno())
    try:
        latest = time.monotonic() + READY_WITHIN_S
        while not ready():
            if process.poll() is not None or time.monotonic() > latest:
                raise RuntimeError(log.read_text(errors="replace")[-2_000:])
            time.sleep(0.02)
        if _measured:
            _move(process.pid, _measured)
        yield process.pid
    finally:
        end(process, program)


@contextmanager
def apart() -> Iterator[None]:
    """Give what is `running` the first core, and everything else of this run the others.

    Then neither the load nor the stores take the server's time, and its threads do not chase each
    other over the cores, which costs interpreters of one lock dear. Does nothing on one core.
    """
    cores = os.sched_getaffinity(0) if sys.platform == "linux" else set()
    first = min(cores, default=0)
    if len(cores) < 2:
        yield
        return
    _move(os.getpid(), cores - {first})
    _measured.add(first)
    try:
        yield
    finally:
        _measured.clear()
        _move(os.getpid(), cores)


def listens(port: int) -> bool:
    """Does somebody accept connections on this loopback port?"""
    with socket.socket() as line:
        line.settimeout(1.0)
        return line.connect_ex(("127.0.0.1", port)) == 0


def cpu_s(pid: int) -> float:
    """Seconds of processor time that a process and all its descendants have used so far.

    Read from the kernel's clock of each process, which counts in nanoseconds what /proc tells in
    hundredths of a second. Raises NotMeasurable where there is no /proc.
    """
    return sum(time.clock_gettime(~each << 3 | _CPU_CLOCK) for each in family(pid))


def family(pid: int) -> list[int]:
    """The process and its descendants, as of now. Raises NotMeasurable where there is no /proc."""
    if sys.platform != "linux":
        raise NotMeasurable("needs Linux, which tells what another process has used")
    parents = dict(_parents())
    members = [pid]
    for member in members:
        members += [child for child, parent in parents.items() if parent == member]
    return members


def _move(pid: int, cores: set[int]) -> None:
    """Let every thread of the process and its descendants run on these cores alone."""
    for member in family(pid):
        for thread in (_PROC / str(member) / "task").glob("*"):
            with contextlib.suppress(ProcessLookupError):  # it ended while we looked
                os.sched_setaffinity(int(thread.name), cores)


def _parents() -> Iterator[tuple[int, int]]:
    for status in _PROC.glob("[0-9]*/stat"):
        try:
            # The name stands in brackets and may hold spaces; then come state and parent.
            fields = status.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended while we looked
        yield int(status.parent.name), int(fields[1])
