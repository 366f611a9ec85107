"""`tifo up`, for real: it answers, heals, drains, and shares a machine with another one."""

import json
import os
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.processes import children, command_line, eventually, gone
from tests.system.running import Running
from tifo import accelerators
from tifo.environment import Environment
from tifo.supervisor.plan import background

pytestmark = pytest.mark.system

# How long to wait before a start or a healing counts as failed; how long they take is measured by
# `make bench`, since a busy machine tells nothing about the platform.
PATIENCE_S = 60.0
WORKING = {
    program.name
    for program in background({}, Environment(), accelerators.found(), accelerators.processors())
}
SERVERS = {"postgres", "redis"}  # they name themselves
CHILDREN = SERVERS | {"nursery", "web"} | WORKING
# Each worker that takes jobs has a process that works, and one to fork it from.
OF_WORKERS = {
    f"{name} {part}" for name in WORKING - {"beat", "worker-control"} for part in ("lodge", "hand")
}
TITLES = {f"tifo {name}" for name in {"up"} | OF_WORKERS | CHILDREN - SERVERS}


def status(url: str) -> int:
    """0 when nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        refused.close()
        return refused.code
    except OSError:
        return 0


def report_active(address: str, key: str) -> Any:
    """The answer to a usage event."""
    request = urllib.request.Request(
        f"{address}/v1/usage/events",
        json.dumps({"end_users": ["ana", "bo"]}).encode(),
        {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=5) as answer:
        return json.load(answer)


def titles(running: Running) -> set[str]:
    """What `ps` shows of the platform, but for the servers, which name themselves."""
    servers = {running.pids[name] for name in SERVERS}
    found, look = set(), [running.process.pid]
    while look:
        found.add(command_line(look[-1]))
        look += [pid for pid in children(look.pop()) if pid not in servers]
    return found - {""}  # one that ended meanwhile


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("up")


@pytest.fixture(scope="module")
def started() -> Iterator[list[Running]]:
    """The platform that the tests of this file share, once it was asked for."""
    started: list[Running] = []
    yield started
    for running in started:
        running.stop()


@pytest.fixture
def embedded(started: list[Running], folder: Path) -> Running:
    """The shared one; started anew if a test before has ended it."""
    if not started or started[-1].process.poll() is not None:
        started[:] = [Running(folder / "embedded")]
        started[-1].wait_ready()
    return started[-1]


class TestEmbedded:
    def test_starts_everything_behind_one_address(self, embedded: Running) -> None:
        assert set(embedded.pids) == CHILDREN
        assert status(f"{embedded.address}/readyz") == 200
        assert embedded.note["sockets_address"] == embedded.address.replace("http", "ws")

    def test_says_who_asks_for_the_money(self, embedded: Running) -> None:
        assert "billing: statements only" in embedded.log.read_text()

    def test_names_every_process_in_ps(self, embedded: Running) -> None:
        assert eventually(lambda: titles(embedded) == TITLES, PATIENCE_S), titles(embedded)

    @pytest.mark.parametrize("name", ["postgres", "redis", "web", "worker-cpu", "worker-control"])
    def test_heals_a_killed_child(self, embedded: Running, name: str) -> None:
        killed, began = embedded.pids[name], time.monotonic()
        os.kill(killed, signal.SIGKILL)
        while (
            embedded.pids.get(name) in (None, killed) or status(f"{embedded.address}/readyz") != 200
        ):
            assert time.monotonic() - began < PATIENCE_S, embedded.last_words()
            time.sleep(0.02)
        assert gone(killed)
        assert name in SERVERS or command_line(embedded.pids[name]) == f"tifo {name}"

    def test_answers_while_it_has_no_nursery(self, embedded: Running) -> None:
        os.kill(embedded.pids["nursery"], signal.SIGKILL)
        assert status(f"{embedded.address}/readyz") == 200

    def test_lets_nobody_else_into_its_folder(self, embedded: Running) -> None:
        refused = embedded.command("up")
        assert refused.returncode == 3
        assert f"process {embedded.process.pid}" in refused.stderr

    def test_refuses_a_busy_port_in_one_sentence(self, embedded: Running, folder: Path) -> None:
        port = embedded.address.rpartition(":")[2]
        refused = embedded.command("up", TIFO_DATA=str(folder / "late"), TIFO_PORT=port)
        assert refused.returncode == 5
        assert f"port {port}" in refused.stderr
        assert "Traceback" not in refused.stderr

    def test_refuses_to_start_without_the_redis_it_was_asked_for(
        self, embedded: Running, folder: Path
    ) -> None:
        told = {"TIFO_DATA": str(folder / "picky"), "TIFO_PORT": "0", "TIFO_REDIS": "no-redis"}
        refused = embedded.command("up", **told)
        assert refused.returncode == 11
        assert "no program no-redis here" in refused.stderr
        assert "Traceback" not in refused.stderr

    def test_is_found_by_a_command_run_by_hand(self, embedded: Running) -> None:
        done = embedded.command("migrate", "--check", "--skip-checks")
        assert done.returncode == 0, done.stderr

    def test_speaks_json_when_nobody_watches(self, embedded: Running) -> None:
        events = [json.loads(line) for line in embedded.log.read_text().splitlines()]
        assert {event["process"] for event in events} >= {"tifo", "worker-cpu"}
        assert all("message" in event and "level" in event for event in events)


class TestProduction:
    def test_runs_beside_it_with_rest_and_sockets_apart(
        self, embedded: Running, folder: Path
    ) -> None:
        running = Running(
            folder / "production",
            TIFO_PROFILE="production",
            TIFO_SOCKETS_PORT="0",
            TIFO_SECRET_KEY="signs-sessions-in-this-test-only-0123456789abcdefghijk",
            TIFO_KEY_PEPPER="peppers-keys-in-this-test-only-0123456789abcdefghijk",
        )
        try:
            running.wait_ready()
            assert set(running.pids) == CHILDREN | {"sockets"}
            assert status(f"{running.address}/readyz") == 200
            sockets = running.note["sockets_address"].replace("ws", "http", 1)
            assert status(f"{sockets}/livez") == 200
            of_web = {"tifo web worker-1", "tifo web worker-2", "tifo sockets"}
            named = of_web | TITLES
            assert eventually(lambda: titles(running) == named, PATIENCE_S), titles(running)
            made = running.command("create_organisation", "Terrace Labs", "dev@terrace.example")
            key = json.loads(made.stdout)["live_key"]
            for door in (running.address, sockets, sockets):
                assert report_active(door, key) == {"accepted": 2}
            assert status(f"{embedded.address}/readyz") == 200
        finally:
            assert running.stop() == 0


class TestEnd:
    def test_takes_everything_along_when_it_is_killed_and_starts_again(
        self, embedded: Running
    ) -> None:
        embedded.stop(signal.SIGKILL)
        again = Running(embedded.data)
        try:
            assert again.wait_ready() < PATIENCE_S
        finally:
            assert again.stop() == 0
        assert not (again.data / "services.json").exists()
