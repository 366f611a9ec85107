"""The supervisor's side of `tifo nursery`: asks it for processes, or does without it."""

import contextlib
import json
import os
import signal
import socket
import subprocess

from tifo.supervisor.processes.process import Adopted, Process
from tifo.supervisor.processes.program import Program

MESSAGE_BYTES = 64


class Nursery:
    """One line to whichever nursery process lives now. Needs a supervisor that adopts orphans."""

    def __init__(self, answers_within_s: float = 5.0) -> None:
        self._answers_within_s = answers_within_s
        self._ours, self.theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._pid = 0

    def is_ready(self, pid: int) -> bool:
        """Has the nursery with this process id loaded everything?"""
        if self._pid != pid and self._hear(0.0) == ("ready", pid):
            self._pid = pid
        return self._pid == pid

    def forget(self) -> None:
        """Before a new nursery starts: what the last one was asked and still sent is nobody's."""
        self._pid = 0
        self.theirs.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while self.theirs.recv(1):
                pass
        self.theirs.setblocking(True)
        while heard := self._hear(0.0):
            if heard[0] == "born":
                with contextlib.suppress(ProcessLookupError):
                    os.kill(heard[1], signal.SIGKILL)

    def spawn(self, program: Program) -> Process:
        """A fork of the nursery where possible, else the program started in the ordinary way."""
        if self._pid and program.arguments:
            with contextlib.suppress(OSError):
                return self._ask(program)
        return program.spawn(subprocess.PIPE)

    def _ask(self, program: Program) -> Process:
        request = {
            "name": program.name,
            "arguments": list(program.arguments),
            "orphaned": int(program.orphaned),
            "nice": program.nice,
        }
        reader, writer = os.pipe()
        try:
            socket.send_fds(self._ours, [json.dumps(request).encode()], [writer, *program.files])
            return Adopted(self._born(), os.fdopen(reader, "rb", buffering=0))
        except OSError:
            os.close(reader)
            raise
        finally:
            os.close(writer)

    def _born(self) -> int:
        heard = self._hear(self._answers_within_s)
        if heard is None or heard[0] != "born":
            # Stuck: the loop will find it dead and start another.
            os.kill(self._pid, signal.SIGKILL)
            self._pid = 0
            raise TimeoutError("the nursery does not answer")
        return heard[1]

    def _hear(self, within_s: float) -> tuple[str, int] | None:
        self._ours.settimeout(within_s)
        try:
            word, number = self._ours.recv(MESSAGE_BYTES).split()
        except (BlockingIOError, TimeoutError):
            return None
        return word.decode(), int(number)

    def close(self) -> None:
        self._ours.close()
        self.theirs.close()
