"""`tifo up`: everything a laptop needs, or a server of its own, under one supervisor."""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tifo import accelerators
from tifo.environment import Environment
from tifo.supervisor import plan, rendering
from tifo.supervisor.faces import Face
from tifo.supervisor.folder import DataFolder, write_private
from tifo.supervisor.processes.children import in_the_ordinary_way
from tifo.supervisor.processes.lines import Event, event, severity
from tifo.supervisor.processes.minder import Interrupted, Minder
from tifo.supervisor.processes.nursery import Nursery
from tifo.supervisor.processes.program import Program
from tifo.supervisor.services.private import needed

SERVICES_WITHIN_S = 60.0
LOADED_WITHIN_S = 120.0
WEB_WITHIN_S = 120.0
URLS = ("DATABASE_URL", "REDIS_URL", "BROKER_URL")


def main(arguments: Sequence[str]) -> int:
    """The command. Raises a Refusal when the platform cannot start."""
    parser = argparse.ArgumentParser(prog="tifo up", description=__doc__)
    parser.add_argument(
        "--ready-file",
        type=Path,
        default=os.environ.get("TIFO_READY_FILE"),
        help="write addresses and process ids here, as JSON, once the platform answers",
    )
    return Platform(Environment(), parser.parse_args(arguments).ready_file).run()


class Platform:
    """One run of `tifo up`."""

    def __init__(self, environment: Environment, ready_file: Path | None) -> None:
        self._environment = environment
        self._folder = DataFolder(environment.data)
        self._ready_file = Path(ready_file) if ready_file else None
        self._began = time.monotonic()
        self._render = rendering.renderer(environment.log_format)
        self._least = severity({"level": environment.log_level})
        self._nursery = Nursery() if sys.platform == "linux" else None
        spawn = self._nursery.spawn if self._nursery else in_the_ordinary_way
        self._minder = Minder(self._report, self._take_note, adopts=True, spawn=spawn)
        self._faces: dict[str, Face] = {}
        self._variables: dict[str, str] = {}
        self._ready = False

    def run(self) -> int:
        """Until it is told to stop: 0 then. Whatever happens, no child outlives it."""
        self._folder.open()
        try:
            with self._minder.signals():
                try:
                    self._start()
                    self._minder.run()
                except Interrupted:
                    pass
                finally:
                    self._stop()
        finally:
            self._folder.close()
        return 0

    def _start(self) -> None:
        self._claim()
        self._say(f"billing: {self._environment.collection}")
        self._start_services()
        self._start_nursery()
        self._say("the database is brought up to date")
        self._minder.run_once(plan.migrate(self._variables))
        self._start_web()
        self._minder.start(self._background())
        self._ready = True
        self._take_note()
        self._welcome()

    def _stop(self) -> None:
        self._say("stopping")
        for face in self._faces.values():
            face.close()
        self._minder.stop()
        self._say("stopped")

    def _claim(self) -> None:
        given = self._environment
        self._faces["web"] = Face(given.host, given.port)
        if given.production:
            self._faces["sockets"] = Face(given.host, given.sockets_port)

    def _start_services(self) -> None:
        """The private servers, and with them what every process is told."""
        servers = needed(self._environment, self._folder.path)
        if not all(server.exists() for server in servers.values()):
            self._say("first start: the database is made")
        programs = [server.program() for server in servers.values()]
        self._variables = {
            **os.environ,
            **plan.secrets(self._environment, self._folder),
            **{name: server.url for name, server in servers.items()},
            **self._told(),
        }
        self._minder.start(programs)
        names = [program.name for program in programs]
        self._minder.await_ready(names, within_s=SERVICES_WITHIN_S)

    def _start_nursery(self) -> None:
        if self._nursery:
            self._minder.start([plan.nursery(self._variables, self._nursery)])
            self._minder.await_ready(["nursery"], within_s=LOADED_WITHIN_S)

    def _told(self) -> dict[str, str]:
        told = {
            "TIFO_DATA": str(self._folder.path),
            "TIFO_PORT": str(self._faces["web"].port),
            "TIFO_PUBLIC_URL": self._environment.public_url or self._address,
            "PYTHONUNBUFFERED": "1",
        }
        if "sockets" in self._faces:
            told["TIFO_SOCKETS_PORT"] = str(self._faces["sockets"].port)
        return told

    def _start_web(self) -> None:
        web = plan.web(self._variables, self._environment, self._faces["web"])
        if self._environment.production:
            self._faces["web"].close()
            self._minder.start([web, plan.sockets(self._variables, self._faces["sockets"])])
        else:
            self._minder.start([web])
        self._minder.await_ready(list(self._faces), within_s=WEB_WITHIN_S)

    def _background(self) -> list[Program]:
        here = accelerators.found(), accelerators.processors()
        return plan.background(self._variables, self._environment, *here)

    @property
    def _address(self) -> str:
        return f"http://{self._faces['web'].address}"

    def _take_note(self) -> None:
        """Keeps the notes true: other commands and tests find the platform by them."""
        note = self._note()
        self._folder.write_note(note)
        if self._ready and self._ready_file:
            write_private(self._ready_file, note)

    def _note(self) -> dict[str, Any]:
        children = self._minder.children.values()
        return {
            "pid": os.getpid(),
            "ready": self._ready,
            "data": str(self._folder.path),
            "address": self._address,
            "sockets_address": f"ws://{self._faces.get('sockets', self._faces['web']).address}",
            "pids": {child.name: child.process.pid for child in children if child.process},
            "urls": {name: self._variables[name] for name in URLS if name in self._variables},
        }

    def _welcome(self) -> None:
        took = time.monotonic() - self._began
        if self._render is rendering.as_json:
            self._say("ready", address=self._address, seconds=round(took, 2))
        else:
            rendering.write(rendering.welcome(self._address, self._folder.path, took))

    def _say(self, message: str, level: str = "INFO", **more: object) -> None:
        self._report(event("tifo", message, level, **more))

    def _report(self, said: Event) -> None:
        if severity(said) >= self._least:
            rendering.write(self._render(said))
