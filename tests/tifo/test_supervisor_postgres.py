"""The private Postgres: healed after a kill, reached by any path, run as whoever may."""

import os
import pwd
import shutil
import signal
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from tests.processes import gone
from tests.tifo.test_supervisor_minder import pid_of, turn_until
from tifo.supervisor.lines import Event
from tifo.supervisor.minder import Minder
from tifo.supervisor.postgres import SOCKET, Postgres
from tifo.supervisor.postgres_binaries import bundled, reachable
from tifo.supervisor.program import Account
from tifo.supervisor.refusals import PostgresUnusable
from tifo.supervisor.services import Services
from tifo.supervisor.sockets import short_way

NOBODY = Account(pwd.getpwnam("nobody").pw_uid, pwd.getpwnam("nobody").pw_gid)
only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """Below a folder that only we may enter, by a path too long for a socket."""
    deep = tmp_path_factory.mktemp("private") / ("d" * 90)
    deep.mkdir(mode=0o700, parents=True)
    yield Postgres(deep / "postgres", durable=False)
    short_way(deep / "postgres", SOCKET).unlink()


@pytest.fixture
def minder(cluster: Postgres) -> Iterator[Minder]:
    said: list[Event] = []
    minder = Minder(said.append)
    with minder.signals():
        minder.start([cluster.program()])
        minder.await_ready(["postgres"], within_s=20)
        yield minder
        minder.stop()


def query(postgres: Postgres, sql: str) -> object:
    with psycopg.connect(postgres.url, autocommit=True) as line:
        return line.execute(sql.encode()).fetchone()


class TestPostgres:
    def test_heals_after_a_kill_with_a_session_at_work(
        self, minder: Minder, cluster: Postgres
    ) -> None:
        with closing(psycopg.connect(cluster.url, autocommit=True)) as line:
            line.execute("CREATE TABLE IF NOT EXISTS kept (word text)")
            line.execute("INSERT INTO kept VALUES ('goal')")
            backend = line.info.backend_pid
            line.pgconn.send_query(b"SELECT pg_sleep(60)")
            server = pid_of(minder, "postgres")
            os.kill(server, signal.SIGKILL)
            turn_until(minder, lambda: pid_of(minder, "postgres") != server, within_s=5)
            minder.await_ready(["postgres"], within_s=5)
            turn_until(minder, lambda: gone(backend))
        assert query(cluster, "SELECT word FROM kept") == ("goal",)

    def test_offers_vectors_and_sorts_without_the_systems_locale(
        self, minder: Minder, cluster: Postgres
    ) -> None:
        assert query(cluster, "SELECT 1 FROM pg_available_extensions WHERE name = 'vector'")
        provider = "SELECT datlocprovider, encoding FROM pg_database WHERE datname = 'tifo'"
        assert query(cluster, provider) == ("b", 6)

    def test_listens_on_no_network(self, minder: Minder, cluster: Postgres) -> None:
        assert query(cluster, "SHOW listen_addresses") == ("",)

    def test_starts_beside_the_notice_of_a_process_that_is_not_it(self, cluster: Postgres) -> None:
        notice = cluster.folder / "postmaster.pid"
        notice.write_text(f"{os.getppid()}\n{cluster.folder}\n1\n5432\n.\n\n\nready\n")
        services = Services(cluster, log=cluster.folder.with_name("log"))
        services.start()
        services.stop()

    def test_refuses_the_folder_of_another_release(self, tmp_path: Path) -> None:
        folder = tmp_path / "postgres"
        folder.mkdir()
        (folder / "PG_VERSION").write_text("12\n")
        if os.geteuid() == 0:
            os.chown(folder, NOBODY.uid, NOBODY.gid)
        with pytest.raises(PostgresUnusable, match="made by PostgreSQL 12"):
            Postgres(folder).program()


@only_root
class TestRoot:
    def test_lets_an_ordinary_user_run_it(self, cluster: Postgres, minder: Minder) -> None:
        process = Path(f"/proc/{pid_of(minder, 'postgres')}")
        assert process.stat().st_uid == NOBODY.uid
        assert cluster.folder.stat().st_uid == NOBODY.uid

    def test_copies_programs_out_of_a_private_home_once(self, tmp_path: Path) -> None:
        home = tmp_path / "home"
        home.mkdir(mode=0o700)
        shutil.copytree(bundled().parent, home / "pg", ignore=shutil.ignore_patterns("include"))
        with tempfile.TemporaryDirectory() as public:
            Path(public).chmod(0o755)
            caches = [tmp_path / "not-reachable-either", Path(public) / "cache"]
            copy = reachable(home / "pg" / "bin", NOBODY, caches)
            assert copy.is_relative_to(caches[1])
            made = copy.stat().st_ctime_ns
            assert reachable(home / "pg" / "bin", NOBODY, caches) == copy
            assert copy.stat().st_ctime_ns == made

    def test_trusts_no_cache_that_somebody_else_owns(self, tmp_path: Path) -> None:
        home = tmp_path / "home"
        (home / "pg" / "bin").mkdir(parents=True)
        (home / "pg" / "bin" / "postgres").write_text("")
        cache = tmp_path / "cache"
        cache.mkdir()
        os.chown(cache, NOBODY.uid, NOBODY.gid)
        with pytest.raises(PostgresUnusable, match="ordinary user"):
            reachable(home / "pg" / "bin", NOBODY, [cache])
        assert list(cache.iterdir()) == []


@only_root
class TestOrdinaryUser:
    def test_runs_it_as_themselves(self) -> None:
        with tempfile.TemporaryDirectory() as home:
            os.chown(home, NOBODY.uid, NOBODY.gid)
            binaries = reachable(bundled(), NOBODY)
            child = os.fork()
            if child == 0:
                os._exit(_as_nobody(Postgres(Path(home) / "postgres", False, binaries)))
            _, status = os.waitpid(child, 0)
            assert os.waitstatus_to_exitcode(status) == 0


def _as_nobody(postgres: Postgres) -> int:
    """In a process of its own, since there is no way back from being nobody."""
    try:
        os.setgroups([])
        os.setgid(NOBODY.gid)
        os.setuid(NOBODY.uid)
        services = Services(postgres, log=postgres.folder.with_name("log"))
        services.start()
        services.stop()
    except Exception:  # noqa: BLE001 - the parent's test sees the exit code
        traceback.print_exc()
        return 1
    return 0
