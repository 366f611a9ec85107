"""The loop that minds the children, with toy programs."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.processes import gone
from tifo.supervisor.processes.lines import Event
from tifo.supervisor.processes.minder import Interrupted, Minder
from tifo.supervisor.processes.program import Program
from tifo.supervisor.refusals import StartFailed

PATIENT = "import time; time.sleep(60)"
STUBBORN = f"import signal; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); {PATIENT}"


def toy(name: str, code: str, **more: object) -> Program:
    return Program(name, [sys.executable, "-S", "-c", code], environment={}, **more)  # type: ignore[arg-type]


@pytest.fixture
def said() -> list[Event]:
    return []


@pytest.fixture
def minder(said: list[Event]) -> Iterator[Minder]:
    minder = Minder(said.append)
    with minder.signals():
        try:
            yield minder
        finally:
            minder.ask_stop()
            minder.ask_stop(signal.SIGINT)
            minder.stop()


def turn_until(minder: Minder, true: Callable[[], object], within_s: float = 5.0) -> None:
    latest = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < latest, "it did not happen in time"
        minder.turn()


def pid_of(minder: Minder, name: str) -> int:
    process = minder.children[name].process
    assert process
    return process.pid


def messages(said: list[Event], process: str) -> list[str]:
    return [each["message"] for each in said if each["process"] == process]


class TestHealing:
    def test_starts_a_killed_child_again(self, minder: Minder, said: list[Event]) -> None:
        minder.start([toy("singer", PATIENT)])
        first = pid_of(minder, "singer")
        os.kill(first, signal.SIGKILL)
        turn_until(
            minder, lambda: minder.children["singer"].ready and pid_of(minder, "singer") != first
        )
        assert messages(said, "tifo") == ["singer ended (SIGKILL); it is started again"]

    def test_waits_between_the_starts_of_one_that_keeps_dying(
        self, minder: Minder, said: list[Event]
    ) -> None:
        minder.start([toy("faulty", "print('up'); raise SystemExit(3)")])
        turn_until(minder, lambda: len(minder.children["faulty"].deaths) >= 3)
        moments = minder.children["faulty"].deaths
        assert moments[2] - moments[1] >= 0.25
        assert messages(said, "faulty") == ["up"] * 3

    def test_ends_what_a_dead_child_left_in_its_group(
        self, minder: Minder, said: list[Event]
    ) -> None:
        code = f"import os, time; print(os.fork() or os.getpid(), flush=True); {PATIENT}"
        minder.start([toy("parent", code)])
        turn_until(minder, lambda: len(messages(said, "parent")) == 2)
        parent = pid_of(minder, "parent")
        orphan = next(int(pid) for pid in messages(said, "parent") if int(pid) != parent)
        os.kill(parent, signal.SIGKILL)
        turn_until(minder, lambda: gone(orphan))

    def test_survives_a_program_that_cannot_be_run(self, minder: Minder, said: list[Event]) -> None:
        minder.start([Program("ghost", ["/nonexistent"])])
        turn_until(minder, lambda: len(minder.children["ghost"].deaths) >= 2)
        assert "ghost cannot be run" in messages(said, "tifo")[0]

    def test_reports_every_new_life(self, said: list[Event]) -> None:
        lives: list[int] = []
        minder = Minder(said.append, lambda: lives.append(1))
        with minder.signals():
            minder.start([toy("singer", PATIENT)])
            turn_until(minder, lambda: len(lives) == 1)
            os.kill(pid_of(minder, "singer"), signal.SIGKILL)
            turn_until(minder, lambda: len(lives) == 2)
            minder.stop()


class TestStarting:
    def test_waits_until_a_child_answers(self, minder: Minder, tmp_path: Path) -> None:
        mark = tmp_path / "mark"
        code = f"import time; time.sleep(0.1); open({str(mark)!r}, 'w'); {PATIENT}"
        minder.start([toy("slow", code, ready=lambda _pid: mark.exists())])
        minder.await_ready(["slow"], within_s=5)
        assert mark.exists()

    def test_gives_up_on_a_child_that_does_not_answer(self, minder: Minder) -> None:
        minder.start([toy("mute", PATIENT, ready=lambda _pid: False)])
        with pytest.raises(StartFailed, match="mute"):
            minder.await_ready(["mute"], within_s=0.2)

    def test_stops_waiting_when_told_to_stop(self, minder: Minder) -> None:
        minder.start([toy("mute", PATIENT, ready=lambda _pid: False)])
        os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(Interrupted):
            minder.await_ready(["mute"], within_s=5)

    def test_runs_a_child_that_ends_by_itself(self, minder: Minder, said: list[Event]) -> None:
        minder.run_once(toy("migrate", "print('done')"))
        assert messages(said, "migrate") == ["done"]
        with pytest.raises(StartFailed, match="migrate"):
            minder.run_once(toy("migrate", "raise SystemExit(1)"))


class TestStopping:
    def test_ends_the_stages_in_reverse(self, minder: Minder, said: list[Event]) -> None:
        polite = (
            "import os, signal, time\n"
            "def leave(*_): time.sleep(0.1); os.write(1, b'left\\n'); os._exit(0)\n"
            "signal.signal(15, leave); os.write(1, b'here\\n'); time.sleep(60)"
        )
        minder.start([toy("database", polite)])
        minder.start([toy("web", polite)])
        turn_until(minder, lambda: len(said) == 2)
        minder.stop()
        assert [each["process"] for each in said if each["message"] == "left"] == [
            "web",
            "database",
        ]

    def test_forces_one_that_does_not_listen(self, minder: Minder, said: list[Event]) -> None:
        minder.start([toy("deaf", STUBBORN, stop_within_s=0.2)])
        turn_until(minder, lambda: messages(said, "deaf"))
        pid = pid_of(minder, "deaf")
        minder.stop()
        assert gone(pid)
        assert messages(said, "tifo") == ["deaf is ended by force"]

    def test_ends_everything_at_once_on_a_second_ctrl_c(
        self, minder: Minder, said: list[Event]
    ) -> None:
        minder.start([toy("deaf", STUBBORN, stop_within_s=60)])
        turn_until(minder, lambda: messages(said, "deaf"))
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        began = time.monotonic()
        minder.stop()
        assert time.monotonic() - began < 2

    def test_tries_the_short_way_before_the_last_one(
        self, minder: Minder, said: list[Event]
    ) -> None:
        code = (
            "import os, signal, time; signal.signal(15, signal.SIG_IGN)\n"
            "def flee(*_): os.write(1, b'fled\\n'); os._exit(0)\n"
            "signal.signal(signal.SIGQUIT, flee); os.write(1, b'here\\n'); time.sleep(60)"
        )
        minder.start([toy("careful", code, stop_within_s=0.1, at_once=signal.SIGQUIT)])
        turn_until(minder, lambda: messages(said, "careful"))
        minder.stop()
        assert messages(said, "careful") == ["here", "fled"]

    def test_idles_when_a_living_child_closes_its_output(self, minder: Minder) -> None:
        minder.start([toy("silent", f"import os; os.close(1); os.close(2); {PATIENT}")])
        turn_until(minder, lambda: minder.children["silent"].silent)
        began, busy = time.monotonic(), time.process_time()
        while time.monotonic() - began < 0.3:
            minder.turn()
        assert time.process_time() - busy < 0.1
