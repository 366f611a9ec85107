"""The platform of the soak of jobs, with what it stands on, and more workers than a laptop has."""

import json
import os
import subprocess
import sys
import threading
import urllib.parse
from contextlib import ExitStack
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from tests.checkout import ROOT
from tests.foundation.files.seaweed import Seaweed, wanted
from tests.processes import gone
from tests.system.running import Running
from tifo.supervisor.attach import attach

LOSES: Final = 0.1
SPARE_WORKERS: Final = 2
_LOOK_S: Final = 0.05


class Variant(NamedTuple):
    broker: str  # redis or rabbitmq
    store: str  # folder or bucket


class Server(Protocol):
    """A broker that the stage starts itself."""

    url: str

    def start(self) -> None: ...

    def settle(self) -> None: ...

    def kill(self) -> None: ...

    def stop(self) -> None: ...


class Spares:
    """Workers of another machine, as it were: started again whenever one has been killed."""

    def __init__(self, variables: dict[str, str], log: Path) -> None:
        with log.open("wb") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.jobs.execution.worker"],
                env=variables,
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        self.pids = {f"worker-spare-{n}": 0 for n in range(SPARE_WORKERS)}
        self._broker = variables["BROKER_URL"]
        self._over = threading.Event()
        self._minder = threading.Thread(target=self._mind)
        self._minder.start()

    def stop(self) -> None:
        self._over.set()
        self._minder.join()
        self._process.communicate(timeout=30)  # which ends all that it has started

    def _mind(self) -> None:
        while not self._over.wait(_LOOK_S):
            for name, pid in self.pids.items():
                if pid and not gone(pid):
                    continue
                if pid:
                    self._ask("await", str(pid))
                told = {"TIFO_PROCESS": name, "BROKER_URL": self._broker}
                order = {"arguments": ["--accelerator=cpu"], "environment": told}
                self.pids[name] = self._ask("start", json.dumps(order))

    def _ask(self, word: str, told: str) -> int:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{word} {told}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


class Stage:
    """All of it. `stop` ends whatever it has started."""

    def __init__(self, variant: Variant, folder: Path, broker: Server | None) -> None:
        self.variant, self.folder, self.broker = variant, folder, broker
        self.lost = folder / "lost"
        self._running: Running | None = None
        self._spares: Spares | None = None
        self._ends = ExitStack()
        self.variables: dict[str, str] = {}

    def start(self) -> None:
        """Returns once all of it answers."""
        self.lost.touch()
        if self.broker:
            self._ends.callback(self.broker.stop)
            self.broker.start()
            self.broker.settle()
        given = {
            "DJANGO_SETTINGS_MODULE": "tests.soak.jobs.inside.settings",
            "PYTHONPATH": str(ROOT),
            "TIFO_SELF_SERVICE_TIERS": "beta,pro,enterprise",
            "TIFO_SOAK_LOSES": str(LOSES),
            "TIFO_SOAK_LOST": str(self.lost),
        }
        if self.variant.store == "bucket":
            given |= self._bucket()
        if self.broker:
            given["BROKER_URL"] = self.broker.url
        self._running = Running(self.folder / "data", **given)
        self._ends.callback(self._running.stop)
        self._running.wait_ready(within_s=120)
        self.variables = self._attached()
        self._spares = Spares(self.variables, self.folder / "spares.log")
        self._ends.callback(self._spares.stop)

    def _bucket(self) -> dict[str, str]:
        wanted()
        store = Seaweed(self.folder / "seaweed")
        self._ends.callback(store.kill)
        store.start()
        bucket = store.bucket
        return {
            "TIFO_STORAGE": f"s3://{bucket.name}/of-the-soak",
            "TIFO_S3_ENDPOINT": bucket.endpoint,
            "TIFO_S3_REGION": bucket.region,
            "TIFO_S3_ACCESS_KEY": bucket.access_key,
            "TIFO_S3_SECRET_KEY": bucket.secret_key,
        }

    @property
    def running(self) -> Running:
        assert self._running, "not started"
        return self._running

    @property
    def spares(self) -> Spares:
        assert self._spares, "not started"
        return self._spares

    def _attached(self) -> dict[str, str]:
        """What a process needs to know that is not of the supervisor's."""
        variables = {**self.running.variables, **self._addresses()}
        before = os.environ.copy()
        try:
            os.environ.update(variables)  # where it reads which folder it is
            attach("worker", variables)
        finally:
            os.environ.clear()
            os.environ.update(before)
        return variables

    def _addresses(self) -> dict[str, str]:
        urls: dict[str, str] = self.running.note["urls"]
        return urls | {
            "BROKER_URL": self.broker.url if self.broker else _celerys(urls["REDIS_URL"])
        }

    @property
    def address(self) -> str:
        return self.running.address

    @property
    def database(self) -> str:
        return self.variables["DATABASE_URL"]

    def pid(self, name: str) -> int | None:
        """The process of that name; None while it is away."""
        pid = self.spares.pids.get(name) or self.running.pids.get(name)
        return None if pid is None or gone(pid) else pid

    def workers(self) -> dict[str, int]:
        """Those that run jobs and are there."""
        names = [*self.spares.pids, *(name for name in self.running.pids if "worker-cpu" in name)]
        found = {name: self.pid(name) for name in names}
        return {name: pid for name, pid in found.items() if pid}

    def operate(self, name: str, *arguments: str) -> str:
        """What one of `tests.soak.jobs.operating` says, in a process of its own."""
        program = f"from tests.soak.jobs import operating; operating.{name}(*{arguments!r})"
        done = subprocess.run(
            [sys.executable, "-m", "tifo", "shell", "-v", "0", "-c", program],
            env=self.running.variables,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr[-3_000:]
        return done.stdout

    def stop(self) -> None:
        self._ends.close()


def _celerys(redis_url: str) -> str:
    """The address as kombu writes it."""
    parts = urllib.parse.urlsplit(redis_url)
    if parts.scheme != "unix":
        return redis_url
    number = urllib.parse.parse_qs(parts.query).get("db", ["0"])[0]
    return f"redis+socket://{parts.path}?virtual_host={number}"
