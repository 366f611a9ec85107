"""A real `tifo up` in a process of its own, for tests that need the whole platform."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.processes import eventually, gone

OURS = ("TIFO_", "DATABASE_", "REDIS_", "BROKER_", "DJANGO_", "PYTEST_")


def clean_environment(**given: str) -> dict[str, str]:
    """This process's variables without anything that the suite itself set."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return kept | given


class Running:
    """Starts at once; `wait_ready` says how long it took. Ends only processes of its own."""

    def __init__(self, data: Path, **given: str) -> None:
        self.data = data
        self.variables = clean_environment(TIFO_DATA=str(data), TIFO_PORT="0", **given)
        self.ready_file = data.with_name(f"{data.name}.ready.json")
        self.ready_file.unlink(missing_ok=True)
        self.log = data.with_name(f"{data.name}.log")
        self.began = time.monotonic()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tifo", "up", "--ready-file", str(self.ready_file)],
                env=self.variables,
                cwd=data.parent,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait_ready(self, within_s: float = 60.0) -> float:
        """Seconds from the start to the first good answer."""
        while not self.ready_file.exists():
            assert self.process.poll() is None, self.last_words()
            assert time.monotonic() - self.began < within_s, self.last_words()
            time.sleep(0.05)
        return time.monotonic() - self.began

    def last_words(self) -> str:
        return self.log.read_text()[-4_000:]

    @property
    def note(self) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(self.ready_file.read_text())
        return said

    @property
    def address(self) -> str:
        return str(self.note["address"])

    @property
    def pids(self) -> Mapping[str, int]:
        pids: dict[str, int] = self.note["pids"]
        return pids

    def command(self, *arguments: str, **given: str) -> "subprocess.CompletedProcess[str]":
        """Runs another `tifo` command beside it, from another folder, and waits for its end."""
        return subprocess.run(
            [sys.executable, "-m", "tifo", *arguments],
            env=self.variables | given,
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def stop(self, how: signal.Signals = signal.SIGTERM, within_s: float = 40.0) -> int:
        """Its exit code; afterwards nothing that it ever named is alive."""
        pids = list(self.pids.values()) if self.ready_file.exists() else []
        if self.process.poll() is None:
            self.process.send_signal(how)
        code = self.process.wait(within_s)
        left = [pid for pid in pids if not eventually(lambda pid=pid: gone(pid))]  # type: ignore[misc]
        assert not left, f"left behind: {left}"
        return code
