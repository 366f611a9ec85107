"""A private PostgreSQL: one folder, one unix socket, no TCP, under our own supervision.

Postgres refuses to run as root. There it runs as the owner of its folder, `nobody` for a new one,
without touching the user database. Its folder may lie below folders which that user cannot enter
(a root's home is 0700): it is started *in* the folder and told to work in `/proc/self/cwd`, so no
path has to be walked.
"""

import contextlib
import os
import pwd
import shutil
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from tifo.supervisor.processes.program import Account, Program
from tifo.supervisor.refusals import PostgresUnusable
from tifo.supervisor.services.occupants import evict
from tifo.supervisor.services.postgres_binaries import bundled, reachable, run
from tifo.supervisor.services.sockets import short_way

SOCKET = ".s.PGSQL.5432"
DATABASE = "tifo"
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
if sys.platform == "linux":
    # After a crash every file is flushed before the log is replayed: one call instead of a thousand
    # decides whether a killed server is back within a second or within six.
    SETTINGS["recovery_init_sync_method"] = "syncfs"
FORGETFUL = {"fsync": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class Postgres:
    """A cluster in `folder`; `durable=False` (tests only) loses data when the machine fails.

    `binaries` is the `bin` folder of a PostgreSQL 17 or later; without one, the wheel's.
    """

    folder: Path
    durable: bool = True
    binaries: Path | None = None

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
        binaries = reachable(self.binaries or bundled(), account)
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
        ours = run([str(binaries / "postgres"), "--version"]).stdout.split()[-1]
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


def _inside(folder: Path, account: Account | None) -> str:
    return "/proc/self/cwd" if account and sys.platform == "linux" else str(folder)


def _once(command: list[str], folder: Path, account: Account | None, said: str = "") -> None:
    try:
        done = run(command, folder=folder, account=account, said=said)
    except PermissionError as refused:
        raise PostgresUnusable(f"Cannot run {command[0]} as another user: {refused}") from refused
    if done.returncode != 0:
        raise PostgresUnusable(f"{command[0]} failed:\n{done.stdout}{done.stderr}")
