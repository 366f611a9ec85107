"""A program the supervisor runs: its description, its birth in a group of its own, its signals."""

import contextlib
import ctypes
import dataclasses
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True, slots=True)
class Account:
    """The operating-system user a program runs as, when that is not our own."""

    uid: int
    gid: int


def _always(_pid: int) -> bool:
    return True


def _nothing() -> None:
    pass


@dataclass(frozen=True)
class Program:
    """How to start one program, tell that it is ready, and stop it.

    `arguments`, if it is a `tifo` command, are what a nursery needs to know instead of `command`.

    `ready` is asked with the process id until it says yes. `before` runs ahead of every start, also
    when healing. `stop` asks for an orderly end within `stop_within_s` seconds, after which the
    whole process group gets `at_once`, then SIGKILL. `orphaned` is what the kernel sends should we
    die first (Linux).
    """

    name: str
    command: Sequence[str]
    arguments: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    account: Account | None = None
    ready: Callable[[int], bool] = _always
    before: Callable[[], object] = _nothing
    stop: signal.Signals = signal.SIGTERM
    at_once: signal.Signals = signal.SIGKILL
    orphaned: signal.Signals = signal.SIGKILL
    stop_within_s: float = 10.0
    files: tuple[int, ...] = ()
    nice: int = 0

    def hardened(self) -> "Program":
        """The same program with no gentler way out than SIGKILL."""
        return dataclasses.replace(self, at_once=signal.SIGKILL)

    def spawn(self, output: int) -> subprocess.Popen[bytes]:
        """Starts it with standard output and error going to the file descriptor `output`."""
        self.before()
        user = self.account
        return subprocess.Popen(  # noqa: S603 - every command is built by this package
            self.command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output == subprocess.PIPE else output,
            env=dict(self.environment),
            cwd=self.folder,
            user=user.uid if user else None,
            group=user.gid if user else None,
            extra_groups=[] if user else None,
            process_group=0,
            pass_fds=self.files,
            preexec_fn=_manners(self.orphaned, self.nice),
        )


def _manners(orphaned: signal.Signals, nice: int) -> Callable[[], None]:
    """What the child does to itself between fork and exec: steps back, and ties its life to ours.

    The kernel's promise to signal it when we die also holds when we are killed with SIGKILL. It is
    asked for after the change of user, which would clear it; the second look at the parent closes
    the gap in which we could die before. Only what was loaded before the fork is touched, because
    other threads' locks are frozen there.
    """
    libc, parent, wish = _libc, os.getpid(), int(orphaned)

    def behave() -> None:
        os.nice(nice)
        if libc is not None:
            libc.prctl(PR_SET_PDEATHSIG, wish, 0, 0, 0)
            if os.getppid() != parent:
                os.kill(os.getpid(), signal.SIGKILL)

    return behave


def kill_group(leader: int, how: signal.Signals = signal.SIGKILL) -> None:
    """Sends `how` to every process of a group we made; a group that is gone is no error."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, how)


def end(process: subprocess.Popen[bytes], program: Program) -> None:
    """Stops one process in order, then by force, and waits until it is gone."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(program.stop)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(program.stop_within_s)
    kill_group(process.pid)
    process.wait()
