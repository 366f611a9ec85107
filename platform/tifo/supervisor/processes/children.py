"""One child as the supervisor sees it: its process, its output, its deaths."""

import os
import subprocess
from collections.abc import Callable, Iterator

from tifo.supervisor.processes.healing import delay_s, recent
from tifo.supervisor.processes.lines import Event, Lines
from tifo.supervisor.processes.process import Process
from tifo.supervisor.processes.program import Program, kill_group

READ_BYTES = 65_536
Spawn = Callable[[Program], Process]


def in_the_ordinary_way(program: Program) -> Process:
    return program.spawn(subprocess.PIPE)


class Child:
    """Starts, reads and buries one program; its owner decides when."""

    def __init__(self, program: Program, spawn: Spawn = in_the_ordinary_way) -> None:
        self.program = program
        self.process: Process | None = None
        self.ready = False
        self.silent = False
        self.deaths: list[float] = []
        self.start_at = 0.0
        self._spawn = spawn
        self._lines = Lines(program.name)

    @property
    def name(self) -> str:
        return self.program.name

    @property
    def output(self) -> int:
        """The file descriptor that its output is read from."""
        assert self.process
        assert self.process.stdout
        return self.process.stdout.fileno()

    def start(self) -> None:
        """Raises OSError when the program cannot be run at all."""
        self.ready = self.silent = False
        self._lines = Lines(self.name)
        self.process = self._spawn(self.program)
        os.set_blocking(self.output, False)

    def read(self) -> Iterator[Event]:
        """What it said since the last time; it is `silent` once it has closed its output."""
        try:
            while said := os.read(self.output, READ_BYTES):
                yield from self._lines.feed(said)
        except BlockingIOError:
            return
        self.silent = True

    def has_died(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def becomes_ready(self) -> bool:
        """True once per life: at the moment it answers."""
        if self.ready or self.process is None or not self.program.ready(self.process.pid):
            return False
        self.ready = True
        return True

    def last_words(self) -> Iterator[Event]:
        """Ends the rest of its process group, so that nobody writes any more, and reads it out."""
        assert self.process
        kill_group(self.process.pid)
        yield from self.read()
        yield from self._lines.finish()

    def bury(self, now: float) -> int:
        """Forgets the process and plans the next start.

        Returns how it ended, as subprocess does: a negative signal number when it was killed.
        """
        assert self.process
        assert self.process.stdout
        self.process.stdout.close()
        code = self.process.wait()
        self.process, self.ready = None, False
        self.died(now)
        return code

    def died(self, now: float) -> None:
        self.deaths = [*recent(self.deaths, now), now]
        self.start_at = now + delay_s(len(self.deaths))

    def signal(self, how: int) -> None:
        if self.process:
            self.process.send_signal(how)

    def force(self) -> None:
        """The program's own short way out (Postgres has one); the next time it is SIGKILL."""
        if self.process:
            kill_group(self.process.pid, self.program.at_once)
            self.program = self.program.hardened()
