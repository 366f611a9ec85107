"""Postgres as the gate asks it: while it is away, nobody waits for it but one who tries.

A pool tells of a server that is away only after seconds. Were each call to wait for that, every
thread would soon wait, and the calls that need no more than what is known here with them.
"""

import os
import threading
from collections.abc import Callable
from typing import Final, TypeVar

from django.db import InterfaceError, OperationalError

AWAY: Final = (OperationalError, InterfaceError)
MOST_FAILURES: Final = 3  # in a row; a deadlock or two is no outage
Answer = TypeVar("Answer")


class CircuitBreaker:
    """Lets everybody ask until nobody is answered, and then one at a time; safe for threads."""

    def __init__(self) -> None:
        self._begin_anew()
        os.register_at_fork(after_in_child=self._begin_anew)

    def _begin_anew(self) -> None:
        self._failures = 0
        self._trying = threading.Lock()

    def ask(self, act: Callable[[], Answer]) -> Answer:
        """What `act` returns or raises; OperationalError at once while another caller tries."""
        if self._failures < MOST_FAILURES:
            return self._try(act)
        if not self._trying.acquire(blocking=False):
            raise OperationalError("Postgres did not answer lately; another call is trying it.")
        try:
            return self._try(act)
        finally:
            self._trying.release()

    def _try(self, act: Callable[[], Answer]) -> Answer:
        try:
            answer = act()
        except AWAY:
            self._failures += 1
            raise
        self._failures = 0
        return answer


ask: Final = CircuitBreaker().ask
