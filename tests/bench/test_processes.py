"""Processes from outside: what they used, where they run, that they end."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench.processes import apart, cpu_s, family, listens, running

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux tells it")

WORK = "import time\nwhile time.process_time() < 0.2: pass\n"
SAY = "open({file!r}, 'w').write('done')\n"
SLEEP = "import time; time.sleep(60)\n"


@contextmanager
def program(tmp_path: Path, text: str) -> Iterator[int]:
    """A Python program, once it has written its file."""
    done = tmp_path / "done"
    command = [sys.executable, "-c", text.replace("{file!r}", repr(str(done)))]
    with running(command, log=tmp_path / "log", ready=done.exists) as pid:
        yield pid


def spin() -> None:
    until = time.process_time() + 0.2
    while time.process_time() < until:
        pass


def ended(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


class TestProcessorTime:
    def test_is_what_the_process_itself_counts(self, tmp_path: Path) -> None:
        with program(tmp_path, WORK + SAY + SLEEP) as pid:
            assert cpu_s(pid) >= 0.2

    def test_is_that_of_ended_threads_too(self, tmp_path: Path) -> None:
        text = "import threading, time\ndef work():\n while time.thread_time() < 0.2: pass\n"
        text += "one = threading.Thread(target=work)\none.start()\none.join()\n"
        with program(tmp_path, text + SAY + SLEEP) as pid:
            assert cpu_s(pid) >= 0.2

    def test_is_that_of_descendants_too(self, tmp_path: Path) -> None:
        inner = WORK + SAY + SLEEP
        text = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {inner!r}])\n"
        with program(tmp_path, text.replace("'{file!r}'", "{file!r}")) as pid:
            assert len(family(pid)) == 2
            assert cpu_s(pid) >= 0.2

    def test_is_not_ours(self, tmp_path: Path) -> None:
        with program(tmp_path, SAY + SLEEP) as pid:
            before = cpu_s(pid)
            spin()
            assert cpu_s(pid) - before < 0.2


class TestARunningProgram:
    def test_ends_with_its_block(self, tmp_path: Path) -> None:
        with program(tmp_path, SAY + SLEEP) as pid:
            assert not ended(pid)
        assert ended(pid)

    def test_that_dies_at_once_tells_what_it_said(self, tmp_path: Path) -> None:
        with (
            pytest.raises(RuntimeError, match="no such thing"),
            program(tmp_path, "raise SystemExit('no such thing')"),
        ):
            pass

    def test_is_told_its_environment(self, tmp_path: Path) -> None:
        done = tmp_path / "done"
        text = f"import os; open({str(done)!r}, 'w').write(os.environ['TIFO_TOY'])\n{SLEEP}"
        with running(
            [sys.executable, "-c", text],
            log=tmp_path / "log",
            ready=lambda: done.exists() and done.read_text() == "a toy",
            environment={"TIFO_TOY": "a toy"},
        ):
            pass


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="needs two cores")
class TestApart:
    def test_gives_what_runs_a_core_that_nobody_else_has(self, tmp_path: Path) -> None:
        all_cores = os.sched_getaffinity(0)
        beside = subprocess.Popen([sys.executable, "-c", SLEEP])
        try:
            with apart(), program(tmp_path, SAY + SLEEP) as pid:
                own = os.sched_getaffinity(pid)
                assert len(own) == 1
                assert os.sched_getaffinity(0) == all_cores - own
                assert os.sched_getaffinity(beside.pid) == all_cores - own
            assert os.sched_getaffinity(0) == all_cores
            assert os.sched_getaffinity(beside.pid) == all_cores
        finally:
            beside.kill()
            beside.wait()


class TestAPort:
    def test_is_listened_on_or_not(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            assert listens(port)
        assert not listens(port)
