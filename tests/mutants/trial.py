"""One change at a time, made in a copy of the tree, against the real suite.

All trials share one Postgres, its tables, and one Redis, which is emptied before each: to make
these anew would take most of the time. That the suite still passes in the end shows that no trial
has left anything behind.
"""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Self

from redis import Redis

from tests.mutants.operators import Change
from tifo.environment import Environment
from tifo.supervisor.services.postgres import Postgres
from tifo.supervisor.services.private import Services
from tifo.supervisor.services.redis_server import private_redis

# A change that makes a loop endless is noticed too: nobody waits that long for the suite.
WITHIN_S = 240
SPREAD = ["-n", "2", "--dist", "loadfile"]


class Trial:
    """A copy of the tree's files, as they are now, and the suite's servers, in `folder`."""

    def __init__(self, root: Path, folder: Path) -> None:
        self._tree = folder / "tree"
        self._said = folder / "said"
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=root,
            check=True,
            capture_output=True,
            text=True,
        )
        for name in filter(None, listed.stdout.split("\0")):
            if (root / name).exists():
                (self._tree / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(root / name, self._tree / name, follow_symlinks=False)
        folders = [self._tree, self._tree / "platform"]
        postgres = Postgres(folder / "postgres", durable=False)
        redis = private_redis(folder, Environment().redis, durable=False)
        self._services = Services(postgres, redis, log=folder / "log")
        self._environment = {
            "DATABASE_URL": postgres.url,
            "REDIS_URL": redis.url,
            **{name: value for name, value in os.environ.items() if name != "CI"},
            # Before the checkout that the virtual environment was made for.
            "PYTHONPATH": os.pathsep.join(map(str, folders)),
            "PYTHONDONTWRITEBYTECODE": "1",  # or a change within one second would not be seen
        }

    def __enter__(self) -> Self:
        self._services.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._services.stop()

    def survives(self, change: Change, tests: list[list[str]]) -> bool:
        """Whether the API's document and all these tests, round by round, pass with it made."""
        file = self._tree / change.path
        source = file.read_text()
        file.write_text(change.made_in(source))
        try:
            return self._succeeds("tests.check_drift") and all(map(self.passes, tests))
        finally:
            file.write_text(source)

    def passes(self, tests: list[str]) -> bool:
        """Whether these tests pass, in time, on the tree as it is now."""
        spread = [] if all(test.endswith(".py") for test in tests) else SPREAD
        return self._succeeds("pytest", "-x", "-q", *spread, "--reuse-db", *tests)

    def _succeeds(self, *module: str) -> bool:
        with Redis.from_url(self._environment["REDIS_URL"]) as redis:
            redis.flushall()  # no trial meets what another has counted
        with self._said.open("wb") as said:
            running = subprocess.Popen(
                [sys.executable, "-m", *module],
                cwd=self._tree,
                env=self._environment,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            return running.wait(timeout=WITHIN_S) == 0
        except subprocess.TimeoutExpired:
            return False
        finally:
            _end_group(running)

    def last_words(self) -> str:
        """The end of what was said by the tests that were run last."""
        return self._said.read_text(errors="replace")[-4000:]


def _end_group(running: subprocess.Popen[bytes]) -> None:
    """The suite's own servers end with it, also where it hung."""
    for signum in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(running.pid, signum)
            running.wait(timeout=10)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue
