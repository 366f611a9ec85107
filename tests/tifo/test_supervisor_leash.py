"""No process is left behind, whatever happens to the supervisor (Linux)."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import eventually, gone

# The child starts a grandchild that leaves its session, as a server's backend or a daemon would.
SUPERVISOR = """
import sys
from tifo.supervisor.processes.minder import Minder
from tifo.supervisor.processes.program import Program

CHILD = '''
import os, time
if os.fork() == 0:
    os.setsid()
    print("pid", os.getpid(), flush=True)
    time.sleep(60)
print("pid", os.getpid(), flush=True)
time.sleep(60)
'''
minder = Minder(lambda said: print(said["message"], flush=True), adopts=True)
with minder.signals():
    minder.start([Program("child", [sys.executable, "-S", "-c", CHILD])])
    minder.run()
    minder.stop()
"""


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


@pytest.fixture
def family() -> Iterator[tuple["subprocess.Popen[str]", int, int]]:
    """A supervisor, its child and its grandchild."""
    supervisor = subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR], stdout=subprocess.PIPE, text=True
    )
    assert supervisor.stdout
    said = [supervisor.stdout.readline().split() for _ in range(2)]
    one, other = (int(words[1]) for words in said)
    child, grandchild = (one, other) if parent_of(other) == one else (other, one)
    yield supervisor, child, grandchild
    for pid in (supervisor.pid, child, grandchild):
        if not gone(pid):
            os.kill(pid, signal.SIGKILL)
    supervisor.wait()
    supervisor.stdout.close()


def test_children_end_with_a_supervisor_that_is_killed(
    family: tuple["subprocess.Popen[str]", int, int],
) -> None:
    supervisor, child, _ = family
    supervisor.kill()
    assert eventually(lambda: gone(child))


def test_a_stray_descendant_is_adopted_and_ended_with_the_rest(
    family: tuple["subprocess.Popen[str]", int, int],
) -> None:
    supervisor, child, grandchild = family
    os.kill(child, signal.SIGKILL)
    assert eventually(lambda: gone(child) and parent_of(grandchild) == supervisor.pid)
    supervisor.terminate()
    assert supervisor.wait(5) == 0
    assert gone(grandchild)
