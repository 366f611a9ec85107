"""The private services: which are needed, and running just them (what a test run needs)."""

import subprocess
import time
from pathlib import Path

from tifo.environment import Environment
from tifo.supervisor.processes.program import Program, end
from tifo.supervisor.refusals import StartFailed
from tifo.supervisor.services.postgres import Postgres
from tifo.supervisor.services.redis_server import RedisServer, private_redis

Server = Postgres | RedisServer


def needed(environment: Environment, folder: Path) -> dict[str, Server]:
    """A private server for each address that is not given, by the variable that will name it.

    Raises RedisMissing when the operator's choice is not there.
    """
    servers: dict[str, Server] = {}
    if not environment.database_url:
        servers["DATABASE_URL"] = Postgres(folder / "postgres")
    if not environment.redis_url:
        servers["REDIS_URL"] = private_redis(folder, environment.redis)
    return servers


class Services:
    """Private servers started together and stopped together; their output goes to `log`."""

    def __init__(self, *servers: Server, log: Path) -> None:
        self._programs = [server.program() for server in servers]
        self._log = log
        self._running: list[tuple[subprocess.Popen[bytes], Program]] = []

    def start(self, within_s: float = 20.0) -> None:
        """Returns when all are ready. Raises StartFailed, with the log, when one is not."""
        with self._log.open("ab") as log:
            self._running = [(each.spawn(log.fileno()), each) for each in self._programs]
        latest = time.monotonic() + within_s
        while not all(program.ready(process.pid) for process, program in self._running):
            dead = any(process.poll() is not None for process, _ in self._running)
            if dead or time.monotonic() > latest:
                self.stop()
                raise StartFailed(self._log.read_text(errors="replace"))
            time.sleep(0.005)

    def stop(self) -> None:
        while self._running:
            end(*self._running.pop())
