"""Processes forked by a nursery are the supervisor's own: read, healed and ended like any other."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import command_line, eventually, gone

# It loads nothing, and each of its forks says who it is and that it holds a listening socket.
NURSERY = """
import os, socket, sys, time
from tifo.processes.forking import attend
line = socket.socket(fileno=int(sys.argv[1]))
line.send(b"ready %d" % os.getpid())
asked = attend(line)
face = socket.socket(fileno=int(asked.arguments[-1].partition("=")[2]))
print("forked", os.getpid(), asked.arguments[0], face.getsockname()[1], os.nice(0), flush=True)
time.sleep(60)
"""
SUPERVISOR = f"""
import os, signal, socket, sys
signal.alarm(60)  # a test that waits in vain ends too
from tifo.supervisor.processes.minder import Minder
from tifo.supervisor.processes.nursery import Nursery
from tifo.supervisor.processes.program import Program

side, face = Nursery(answers_within_s=1.0), socket.socket()
face.bind(("127.0.0.1", 0))
print("face", face.getsockname()[1], flush=True)
minder = Minder(
    lambda said: print(said["process"], said["message"], flush=True), adopts=True, spawn=side.spawn
)
fd = side.theirs.fileno()
nursery = Program(
    "nursery", [sys.executable, "-c", {NURSERY!r}, str(fd)], environment=dict(os.environ),
    files=(fd,), before=side.forget, ready=side.is_ready,
)
alone = "import os, time; print('alone', os.getpid(), flush=True); time.sleep(60)"
singer = Program(
    "singer", [sys.executable, "-c", alone], arguments=("sing",), files=(face.fileno(),), nice=3
)
with minder.signals():
    minder.start([nursery])
    minder.await_ready(["nursery"], within_s=30)
    print("nursery", minder.children["nursery"].process.pid, flush=True)
    minder.start([singer])
    minder.run()
    minder.stop()
"""


class Family:
    """A supervisor in a process of its own, with a nursery and one singer."""

    def __init__(self) -> None:
        self.supervisor = subprocess.Popen(
            [sys.executable, "-c", SUPERVISOR], stdout=subprocess.PIPE, text=True
        )
        self.pids = [self.supervisor.pid]
        self.port = self.hear("face")[0]
        self.nursery = int(self.hear("nursery")[0])
        self.pids.append(self.nursery)
        self.singer = self.next_singer()

    def hear(self, *start: str) -> list[str]:
        """The rest of the next line that starts so."""
        assert self.supervisor.stdout
        for line in self.supervisor.stdout:
            words = line.split()
            if words[: len(start)] == list(start):
                return words[len(start) :]
        raise AssertionError("the supervisor has ended")

    def next_singer(self, how: str = "forked") -> int:
        pid, *self.said = self.hear("singer", how)
        self.pids.append(int(pid))
        return int(pid)

    def close(self) -> None:
        for pid in self.pids:
            if not gone(pid):
                os.kill(pid, signal.SIGKILL)
        self.supervisor.wait()
        assert self.supervisor.stdout
        self.supervisor.stdout.close()


@pytest.fixture
def family() -> Iterator[Family]:
    family = Family()
    yield family
    family.close()


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def test_a_fork_is_the_supervisors_own_child_with_what_it_was_promised(family: Family) -> None:
    assert parent_of(family.singer) == family.supervisor.pid
    assert os.getpgid(family.singer) == family.singer
    assert family.said == ["sing", family.port, str(os.nice(0) + 3)]


def test_a_fork_bears_its_own_name_from_its_birth_on(family: Family) -> None:
    assert command_line(family.singer) == "tifo singer"


def test_a_killed_fork_is_forked_again_and_ends_with_the_rest(family: Family) -> None:
    os.kill(family.singer, signal.SIGKILL)
    assert family.next_singer() != family.singer
    family.supervisor.terminate()
    assert family.supervisor.wait(5) == 0
    assert all(gone(pid) for pid in family.pids)


def test_a_fork_outlives_the_nursery_but_not_the_supervisor(family: Family) -> None:
    os.kill(family.nursery, signal.SIGKILL)
    assert family.hear("tifo", "nursery", "ended")
    assert not gone(family.singer)
    family.supervisor.kill()
    assert eventually(lambda: gone(family.singer))


def test_without_a_nursery_a_process_starts_in_the_ordinary_way(family: Family) -> None:
    os.kill(family.nursery, signal.SIGKILL)
    os.kill(family.singer, signal.SIGKILL)
    assert family.next_singer("alone")
    assert parent_of(family.pids[-1]) == family.supervisor.pid


def test_a_nursery_that_does_not_answer_is_replaced(family: Family) -> None:
    os.kill(family.nursery, signal.SIGSTOP)
    os.kill(family.singer, signal.SIGKILL)
    assert family.hear("tifo", "nursery", "ended", "(SIGKILL);")
    assert family.next_singer("alone")
