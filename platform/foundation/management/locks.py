"""Locks that a migration waits for: never for long, since whoever comes later waits behind it.

`ALTER TABLE` behind one long transaction holds up every reader and writer of that table, and so the
whole site. A migration therefore gives up after `lock_timeout`, lets the others pass, and tries
again. https://www.postgresql.org/docs/current/explicit-locking.html
"""

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from django.db import DatabaseError, InterfaceError, OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper

NOT_AVAILABLE: Final = "55P03"  # lock_not_available
LONGEST_PAUSE_S: Final = 15.0
LOOKS_EVERY_S: Final = 0.5
SAYS_EVERY_S: Final = 15.0
QUERY_SHOWN: Final = 200
Made = TypeVar("Made")

# What somebody wrote stands in a query's literals, and is nobody's business here. Postgres keeps
# the beginning of a long query, so that the last literal may have no end.
_LITERAL: Final = re.compile(
    r"\b[eE]'(?:[^'\\]|''|\\.)*(?:'|\Z)|'(?:[^']|'')*(?:'|\Z)|\$(\w*)\$.*?(?:\$\1\$|\Z)", re.DOTALL
)

_IN_THE_WAY: Final = """
    SELECT other.pid, coalesce(other.usename, ''), other.application_name,
           coalesce(other.state, ''),
           coalesce(extract(epoch FROM clock_timestamp() - other.xact_start), 0)::float8,
           coalesce(other.query, '')
    FROM pg_stat_activity AS other
    WHERE other.pid = ANY(pg_blocking_pids(%s))
    ORDER BY other.xact_start
"""


@dataclass(frozen=True, slots=True)
class Blocker:
    """A session of Postgres that holds a lock, or waits for one before us."""

    pid: int
    user: str
    application: str
    state: str
    open_s: float  # since its transaction began
    query: str  # that it runs, or ran last

    def __str__(self) -> str:
        name = f"{self.user}, {self.application}" if self.application else self.user
        query = " ".join(_LITERAL.sub("'…'", self.query).split())[:QUERY_SHOWN]
        return (
            f"process {self.pid} of Postgres ({name}), {self.state}, "
            f"in a transaction of {self.open_s:.0f} s: {query}"
        )


class LockNotHad(Exception):
    """A lock was not to be had in all tries; `blockers` were seen in the way last."""

    def __init__(self, blockers: tuple[Blocker, ...]) -> None:
        super().__init__("a lock was not to be had")
        self.blockers = blockers


class Patience:
    """Waits for locks `lock_s` seconds at a time, and tries so often, with pauses that grow.

    Of whoever is in the way it says so at once, and again every `says_every_s` seconds.
    """

    def __init__(
        self,
        connection: BaseDatabaseWrapper,
        *,
        lock_s: float,
        tries: int,
        say: Callable[[str], object],
        says_every_s: float = SAYS_EVERY_S,
    ) -> None:
        self._connection = connection
        self._lock_s = lock_s
        self._tries = tries
        self._say = say
        self._says_every_s = says_every_s
        self._seen: tuple[Blocker, ...] = ()

    @contextmanager
    def limited(self) -> Iterator[None]:
        """Every statement of the connection waits no longer meanwhile, and whom it waits for is
        said. To build an index concurrently holds nobody up: that may wait as long as it must."""
        before = self._set(f"{self._lock_s * 1000:.0f}ms")
        try:
            with self._connection.execute_wrapper(self._execute), self._watched():
                yield
        finally:
            if not self._connection.needs_rollback:  # or the setting is undone with all else
                with suppress(DatabaseError, InterfaceError):  # as it is with the connection
                    self._set(before)

    def again(self, act: Callable[[], Made]) -> Made:
        """What `act` returns, which does nothing or all of a step; raises LockNotHad."""
        for left in reversed(range(self._tries)):
            try:
                return act()
            except OperationalError as error:
                if getattr(error.__cause__, "sqlstate", None) != NOT_AVAILABLE:
                    raise
                if not left:
                    raise LockNotHad(self._seen) from error
            doubled = min(self._tries - left, 10)
            pause_s = min(2.0**doubled * self._lock_s / 2, LONGEST_PAUSE_S)
            self._say(
                f"A lock was not to be had within {self._lock_s:g} s; others go first, and it is "
                f"tried again in {pause_s:g} s ({left} tries left)."
            )
            time.sleep(pause_s)
        raise AssertionError("there is one try at least")

    def _execute(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        """One statement. In a transaction a whole migration is tried again, outside one this."""
        if self._connection.in_atomic_block:
            return execute(sql, params, many, context)
        if "CONCURRENTLY" not in str(sql):
            return self.again(lambda: execute(sql, params, many, context))
        # Broken off it would leave an index that is not valid, and in the way of the next try.
        self._set("0")
        try:
            return execute(sql, params, many, context)
        finally:
            self._set(f"{self._lock_s * 1000:.0f}ms")

    def _set(self, timeout: str) -> str:
        """Returns what it was before."""
        with self._connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('lock_timeout')")
            (before,) = cursor.fetchone()
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", [timeout])
        return str(before)

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Who is in the way can only be asked while somebody waits: by another connection."""
        with self._connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (pid,) = cursor.fetchone()
        over = threading.Event()
        watch = threading.Thread(target=self._watch, args=(pid, over), daemon=True)
        watch.start()
        try:
            yield
        finally:
            over.set()
            watch.join()

    def _watch(self, pid: int, over: threading.Event) -> None:
        told: dict[int, float] = {}
        ours = self._connection.copy()
        try:
            while not over.wait(min(LOOKS_EVERY_S, self._lock_s / 3)):
                with ours.cursor() as cursor:
                    cursor.execute(_IN_THE_WAY, [pid])
                    found = tuple(Blocker(*row) for row in cursor.fetchall())
                self._seen = found or self._seen
                moment = time.monotonic()
                for each in found:
                    if moment >= told.get(each.pid, moment):
                        still = "still " * (each.pid in told)
                        self._say(f"The migration {still}waits for {each}")
                        told[each.pid] = moment + self._says_every_s
        except DatabaseError as error:  # it migrates all the same
            self._say(f"Nobody can say whom the migration waits for: {error}")
        finally:
            ours.close()
