"""Who kills what, and what it held at that moment."""

import contextlib
import os
import random
import signal
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, LiteralString

import psycopg

from tests.processes import children, command_line, eventually, gone
from tests.soak.jobs.stage import Stage

TURNS: Final = (
    "worker", "broker", "hand", "postgres", "web", "control", "hand", "worker", "broker", "hand",
    "web", "worker", "hand", "beat",
)  # fmt: skip
NAMES: Final = {"control": "worker-control", "web": "web", "postgres": "postgres", "beat": "beat"}
TAKES_JOBS_ALONG: Final = {"worker", "hand", "postgres"}
BACK_WITHIN_S: Final = 60.0
_BUSY_WITHIN_S: Final = 3.0
_HELD: Final = """
    SELECT id, attempt, worker FROM jobs_job
    WHERE state IN ('running', 'cancelling') AND lease_until > now()
"""
_WAITS: Final = "SELECT EXISTS (SELECT FROM jobs_job WHERE state = 'queued' AND turn IS NOT NULL)"


@dataclass
class Kill:
    """`held` are the jobs that ran there, with their attempts; `waiting` says whether, when it was
    back, a job waited for its turn to be called."""

    what: str
    at: datetime
    held: list[tuple[str, int]] = field(default_factory=list)
    back: datetime | None = None
    waiting: bool = False


class Killer:
    """Kills one process after the other, so many in all, each a while after the last is back."""

    def __init__(self, stage: Stage, kills: int, pause_s: float, seed: int) -> None:
        self.kills: list[Kill] = []
        self.left_behind: list[int] = []
        self.broken: BaseException | None = None
        self._stage, self._most, self._pause_s = stage, kills, pause_s
        self._dice = random.Random(seed)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)

    @property
    def share(self) -> float:
        """Of its work that is done."""
        return len(self.kills) / self._most

    @property
    def counted(self) -> Counter[str]:
        return Counter(kill.what for kill in self.kills)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        self._thread.start()
        try:
            yield
        except BaseException:
            self._over.set()
            raise
        finally:
            self._thread.join()
        if self.broken:
            raise self.broken

    def _work(self) -> None:
        try:
            while len(self.kills) < self._most:
                if self._over.wait(self._dice.uniform(0.5, 1.5) * self._pause_s):
                    return
                self._kill(TURNS[len(self.kills) % len(TURNS)])
        except BaseException as error:  # noqa: BLE001  (raised in the thread that waits)
            self.broken = error
            self.kills += [Kill("none", datetime.now(UTC))] * self._most  # nobody waits for it

    def _kill(self, what: str) -> None:
        if what == "worker":
            self._a_worker()
        elif what == "hand":
            self._a_hand()
        elif what == "broker":
            self._the_broker()
        else:
            self._by_name(what)
        kill = self.kills[-1]
        if what in {"broker", "postgres"}:
            [[kill.waiting]] = ask(self._stage.database, _WAITS)

    def _a_worker(self) -> None:
        """Stopped first, so that what it holds cannot change before it is written down."""
        name, pid = self._busy()
        os.kill(pid, signal.SIGSTOP)
        made = _made(pid)
        held = self._held(pid)
        self._end(pid, "worker", held)
        self._await_back(lambda: self._stage.pid(name) not in (None, pid))
        eventually(lambda: all(map(gone, made)))
        self.left_behind += [each for each in made if not gone(each)]

    def _a_hand(self) -> None:
        """Its worker goes on. One that has just been ended anyway is not counted."""
        before = len(self.kills)
        while len(self.kills) == before:
            _, pid = self._busy()
            hands = [each for each in _made(pid) if command_line(each).endswith(" hand")]
            with contextlib.suppress(ProcessLookupError):
                for hand in hands[:1]:
                    self._end(hand, "hand", self._held(pid))
        self.kills[-1].back = self.kills[-1].at

    def _the_broker(self) -> None:
        server = self._stage.broker
        if server is None:
            self._by_name("broker", "redis")
            return
        self.kills.append(Kill("broker", datetime.now(UTC)))
        server.kill()
        server.start()
        self.kills[-1].back = datetime.now(UTC)

    def _by_name(self, what: str, name: str = "") -> None:
        name = name or NAMES[what]
        pid = self._stage.pid(name)
        assert pid, f"{name} has not come back"
        held = self._held() if what == "postgres" else []
        self._end(pid, what, held)
        self._await_back(lambda: self._stage.pid(name) not in (None, pid))
        if what in {"postgres", "web", "broker"}:
            self._await_back(self._all_is_there)

    def _end(self, pid: int, what: str, held: list[tuple[str, int]]) -> None:
        moment = datetime.now(UTC)
        os.kill(pid, signal.SIGKILL)
        self.kills.append(Kill(what, moment, held))

    def _await_back(self, there: Callable[[], bool]) -> None:
        assert eventually(there, BACK_WITHIN_S), f"{self.kills[-1]} is not back"
        self.kills[-1].back = datetime.now(UTC)

    def _all_is_there(self) -> bool:
        """The web process answers, and says that database and Redis do."""
        try:
            with urllib.request.urlopen(f"{self._stage.address}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def _busy(self) -> tuple[str, int]:
        """A worker that has a job in hand, if there is one within a while."""
        latest = time.monotonic() + _BUSY_WITHIN_S
        while True:
            there = list(self._stage.workers().items())
            assert there or time.monotonic() < latest + BACK_WITHIN_S, "no worker comes back"
            busy = [each for each in there if self._held(each[1])]
            if busy or (there and time.monotonic() > latest):
                return self._dice.choice(busy or there)
            time.sleep(0.02)

    def _held(self, pid: int | None = None) -> list[tuple[str, int]]:
        rows = ask(self._stage.database, _HELD)
        return [(job, attempt) for job, attempt, by in rows if pid is None or f"-{pid}@" in by]


def _made(pid: int) -> list[int]:
    """Its children; none where a thread of it ends while it is looked at."""
    try:
        return children(pid)
    except OSError:
        return []


def ask(database: str, query: LiteralString, *given: Any) -> list[Any]:
    """The rows, of a database that may just have been killed."""
    latest = time.monotonic() + BACK_WITHIN_S
    while True:
        try:
            with psycopg.connect(database, connect_timeout=5) as connection:
                return connection.execute(query, given).fetchall()
        except psycopg.OperationalError:
            assert time.monotonic() < latest, "the database is away"
            time.sleep(0.05)
