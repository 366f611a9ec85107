"""The platform of the soak, the stand-in for Stripe, and who kills what."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tests.checkout import ROOT
from tests.system.running import Running, clean_environment

KILLED: Final = (
    "web", "postgres", "redis", "worker-cpu", "web", "postgres", "redis", "worker-control",
)  # fmt: skip
SECRET: Final = "whsec_of_the_soak"


class Stripe:
    """The stand-in in a process of its own."""

    def __init__(self, log: Path) -> None:
        with log.open("wb") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.stripe.stand_in", "--port", "0"],
                cwd=ROOT,
                env=clean_environment(),
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        assert self._process.stdout
        self.url, self.key = self._process.stdout.readline().split()

    def control(self, name: str, **arguments: Any) -> Any:
        body = json.dumps(arguments).encode()
        asked = urllib.request.Request(f"{self.url}/_control/{name}", body, method="POST")
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return json.load(answer)

    def misbehave(self) -> None:
        """Every kind of failure, now and then, and each message twice."""
        for fault in ("rate_limited", "error_before", "error_after", "reset_before", "reset_after"):
            self.control("fault", fault=fault, path="/v1/*", times=10_000, chance=0.02)
        self.control("fault", fault="timeout_after", path="/v1/invoices", skip=3)
        self.control("repeat_webhooks", copies=2)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)
        assert self._process.stdout
        self._process.stdout.close()


class Platform:
    """A `tifo up` that is told of the stand-in, and its operator."""

    def __init__(self, folder: Path, stripe: Stripe) -> None:
        self.running = Running(
            folder / "data",
            TIFO_STRIPE_URL=stripe.url,
            TIFO_STRIPE_KEY=stripe.key,
            TIFO_STRIPE_WEBHOOK_SECRET=SECRET,
            TIFO_MONTH_CLOSE_HOURS="0",
        )
        self.running.wait_ready()
        stripe.control("listen", url=f"{self.address}/v1/stripe/webhook", secret=SECRET)

    @property
    def address(self) -> str:
        return self.running.address

    def operate(self, name: str, *arguments: str) -> subprocess.Popen[str]:
        """One of `tests.soak.operating`, begun."""
        program = f"from tests.soak import operating; operating.run{(name, *arguments)!r}"
        return subprocess.Popen(
            [sys.executable, "-m", "tifo", "shell", "-v", "0", "-c", program],
            env=self.running.variables,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def done(self, name: str, *arguments: str, tries: int = 8) -> str:
        """What one of them prints; begun again where the database has just been killed."""
        for _ in range(tries):
            with self.operate(name, *arguments) as process:
                said, wrong = process.communicate(timeout=300)
            if process.returncode == 0:
                return said
            time.sleep(1)
        raise AssertionError(f"{name} does not succeed: {wrong[-3_000:]}")


class Killer:
    """Kills one process after the other, each some seconds after the last is back."""

    def __init__(self, running: Running, pause_s: float, seed: int) -> None:
        self.kills: Counter[str] = Counter()
        self._running = running
        self._pause_s = pause_s
        self._dice = random.Random(seed)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        self._thread.start()
        try:
            yield
        finally:
            self._over.set()
            self._thread.join()

    def kill(self, name: str) -> None:
        """Without a word, and wait until it is there again."""
        before = self._pid(name)
        if before is None:
            return
        os.kill(before, signal.SIGKILL)
        self.kills[re.sub("-.*", "", name)] += 1
        latest = time.monotonic() + 60
        while self._pid(name) in (None, before) and time.monotonic() < latest:
            time.sleep(0.1)

    def kill_later(self, process: "subprocess.Popen[str]") -> None:
        """Somewhere in what it does, unless it is through before."""

        def kill() -> None:
            time.sleep(self._dice.uniform(1.5, 3.5))
            if process.poll() is None:
                process.kill()
                self.kills["closer"] += 1

        threading.Thread(target=kill, daemon=True).start()

    def _work(self) -> None:
        turn = 0
        while not self._over.wait(self._dice.uniform(0.5, 1.5) * self._pause_s):
            self.kill(KILLED[turn % len(KILLED)])
            turn += 1

    def _pid(self, name: str) -> int | None:
        return self._running.pids.get(name)
