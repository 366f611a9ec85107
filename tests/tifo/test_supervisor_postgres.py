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
from tifo.supervisor.processes.lines import Event
from tifo.supervisor.processes.minder import Minder
from tifo.supervisor.processes.program import Account
from tifo.supervisor.refusals import PostgresUnusable
from tifo.supervisor.services.postgres import SOCKET, Postgres
from tifo.supervisor.services.postgres_binaries import bundled, public_copy, reachable, run
from tifo.supervisor.services.private import Services
from tifo.supervisor.services.sockets import short_way

ROOT = os.geteuid() == 0
NOBODY = Account(pwd.getpwnam("nobody").pw_uid, pwd.getpwnam("nobody").pw_gid)
# Only root can become somebody else; an ordinary user runs the same programs as themselves.
ORDINARY = NOBODY if ROOT else None


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
        if ROOT:
            os.chown(folder, NOBODY.uid, NOBODY.gid)
        with pytest.raises(PostgresUnusable, match="made by PostgreSQL 12"):
            Postgres(folder).program()


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's `bin` as it lies in a root's home: nobody else may enter, read or run a thing."""
    home = tmp_path_factory.mktemp("home")
    home.chmod(0o700)
    package = bundled().parents[1]
    tree = home / package.name / bundled().parent.name
    shutil.copytree(bundled().parent, tree, ignore=shutil.ignore_patterns("include"))
    libraries = f"{package.name}.libs"
    shutil.copytree(package.with_name(libraries), home / libraries)
    for path in (tree, *tree.rglob("*")):
        path.chmod(path.stat().st_mode & 0o700)
    return tree / "bin"


@pytest.fixture(scope="module")
def public() -> Iterator[Path]:
    """A folder that everybody may enter."""
    with tempfile.TemporaryDirectory() as public:
        Path(public).chmod(0o755)
        yield Path(public)


@pytest.fixture(scope="module")
def copy(private: Path, public: Path) -> Path:
    """Made by somebody who keeps to themselves whatever they make."""
    before = os.umask(0o077)
    try:
        return public_copy(private, public / "cache")
    finally:
        os.umask(before)


class TestAPublicCopy:
    """Of programs in a private home; root's servers run as somebody who may not go in there."""

    def test_has_all_that_its_programs_load(self, copy: Path) -> None:
        for name in ("initdb", "postgres", "pg_ctl", "psql", "pg_dump"):
            done = run([str(copy / name), "--version"], account=ORDINARY)
            assert done.stdout.startswith(name), done.stderr

    def test_is_made_once(self, private: Path, public: Path, copy: Path) -> None:
        made = copy.stat().st_ctime_ns
        assert public_copy(private, public / "cache") == copy
        assert copy.stat().st_ctime_ns == made

    def test_makes_a_cluster_and_serves_it(self, public: Path, copy: Path) -> None:
        postgres = Postgres(public / "postgres", False, copy)
        services = Services(postgres, log=public / "log")
        services.start()
        assert query(postgres, "SELECT 1") == (1,)
        services.stop()

    def test_is_what_runs_where_the_wheel_cannot_be_reached(
        self, private: Path, public: Path, copy: Path
    ) -> None:
        assert reachable(private, None) == private  # an ordinary user needs none
        if ROOT:
            hidden = private.parent.parent.with_name("hidden")
            assert reachable(private, NOBODY, [hidden, public / "cache"]) == copy

    def test_is_not_believed_while_one_of_its_programs_cannot_run(self, copy: Path) -> None:
        package = copy.parent.parent
        libraries = package.with_name(f"{package.name}.libs")
        away = libraries.rename(libraries.with_name("away"))
        assert run([str(copy / "postgres"), "--version"], account=ORDINARY).returncode == 0
        with pytest.raises(PostgresUnusable, match="ordinary user"):
            reachable(copy, NOBODY, [])
        away.rename(libraries)

    def test_is_not_trusted_to_a_folder_that_somebody_else_owns(
        self, private: Path, public: Path
    ) -> None:
        theirs = public / "theirs"
        if ROOT:
            theirs.mkdir()
            os.chown(theirs, NOBODY.uid, NOBODY.gid)
        else:
            theirs = Path("/usr")
        before = set(theirs.iterdir())
        with pytest.raises(PermissionError):
            public_copy(private, theirs)
        with pytest.raises(PostgresUnusable, match="ordinary user"):
            reachable(private, NOBODY, [theirs])
        assert set(theirs.iterdir()) == before


class TestAccounts:
    def test_the_server_never_runs_as_root(self, cluster: Postgres, minder: Minder) -> None:
        owner = NOBODY.uid if ROOT else os.geteuid()
        process = Path(f"/proc/{pid_of(minder, 'postgres')}")
        assert process.stat().st_uid == owner != 0
        assert cluster.folder.stat().st_uid == owner

    def test_an_ordinary_user_runs_it_as_themselves(self) -> None:
        with tempfile.TemporaryDirectory() as home:
            if ROOT:
                os.chown(home, NOBODY.uid, NOBODY.gid)
            binaries = reachable(bundled(), ORDINARY)
            child = os.fork()
            if child == 0:
                os._exit(_as_ordinary_user(Postgres(Path(home) / "postgres", False, binaries)))
            _, status = os.waitpid(child, 0)
            assert os.waitstatus_to_exitcode(status) == 0


def _as_ordinary_user(postgres: Postgres) -> int:
    """In a process of its own, since there is no way back from being nobody."""
    try:
        if ROOT:
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
