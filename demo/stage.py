"""The platform that the event is played on: `tifo up` in a process of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from demo.voice import Voice

READY_WITHIN_S = 180.0
STOPPED_WITHIN_S = 40.0
LOOK_EVERY_S = 0.1
SAY_EVERY_S = 5.0
TAIL_LINES = 25


class StageFailed(Exception):
    """The platform did not start, or ended by itself."""


class Stage:
    """`with Stage(folder, …) as stage:` the platform answers at `stage.address`, and is gone after.

    Everything it keeps lies in the data folder; what it says goes to a log beside that.
    """

    def __init__(self, data: Path, variables: Mapping[str, str], voice: Voice) -> None:
        self.log = data.with_name(f"{data.name}.log")
        self.paper = data.with_name(f"{data.name}.invoice.html")
        self.address = ""
        self._data = data
        self._ready_file = data.with_name(f"{data.name}.ready.json")
        self._variables = variables
        self._voice = voice
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._data.parent.mkdir(parents=True, exist_ok=True)
        self._ready_file.unlink(missing_ok=True)
        self._voice.say("platform", f"`tifo up` starts in {self._data} (its log: {self.log})")
        try:
            self._process = self._start()
            self._wait_ready()
        except BaseException:
            self._stop()
            raise
        self._voice.say("platform", f"ready at {self.address}")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._voice.say("platform", "stopping")
        self._stop()
        self._voice.say("platform", "stopped")

    def last_words(self) -> str:
        """The end of the platform's log, for when something went wrong."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join(f"    {line}" for line in lines[-TAIL_LINES:])

    def _start(self) -> "subprocess.Popen[bytes]":
        told = {
            "TIFO_PORT": "0",
            "TIFO_LOG_FORMAT": "pretty",
            **self._variables,
            "TIFO_DATA": str(self._data),
        }
        tifo = Path(sys.executable).with_name("tifo")
        with self.log.open("wb") as log:
            # A session of its own: Ctrl-C is for us, and we tell the platform when to stop.
            return subprocess.Popen(
                [tifo, "up", "--ready-file", self._ready_file],
                env=told,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _wait_ready(self) -> None:
        assert self._process is not None
        began = said = time.monotonic()
        while not self._ready_file.exists():
            if self._process.poll() is not None:
                raise StageFailed(f"`tifo up` ended with exit code {self._process.returncode}.")
            if time.monotonic() - began > READY_WITHIN_S:
                raise StageFailed(f"`tifo up` was not ready after {READY_WITHIN_S:g} s.")
            if time.monotonic() - said > SAY_EVERY_S:
                said = time.monotonic()
                self._voice.say("platform", "still starting: database, web, workers")
            time.sleep(LOOK_EVERY_S)
        self.address = json.loads(self._ready_file.read_text())["address"]

    def _stop(self) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C changes nothing
        try:
            self._process.terminate()
            self._process.wait(STOPPED_WITHIN_S)
        except subprocess.TimeoutExpired:
            # Its children are tied to it: the kernel ends them with it.
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        finally:
            signal.signal(signal.SIGINT, before)
