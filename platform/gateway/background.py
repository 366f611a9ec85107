"""A process's own housekeeping: threads that act every second and end with it."""

import atexit
import logging
import os
import threading
from collections.abc import Callable

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

logger = logging.getLogger(__name__)
LAST_ACT_S = 3.0


class Background:
    """Calls `act` every `every_s` seconds from the first `start` on, and once more at exit.

    It may be made at import but not started there: the supervisor forks after that, and a thread
    survives no fork. A child starts its own. A database that is away is met again at the next act.
    """

    _thread: threading.Thread | None
    _ended: threading.Event
    _lock: threading.Lock

    def __init__(self, name: str, act: Callable[[], object], *, every_s: float = 1.0) -> None:
        self._name = name
        self._act = act
        self._every_s = every_s
        self._begin_anew()
        os.register_at_fork(after_in_child=self._begin_anew)

    def start(self) -> None:
        """Begin, unless it has begun or the settings want no threads."""
        if self._thread is not None or not settings.BACKGROUND_THREADS:
            return
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
                atexit.register(self._end)

    def _begin_anew(self) -> None:
        self._thread = None
        self._ended = threading.Event()
        self._lock = threading.Lock()

    def _run(self) -> None:
        while not self._ended.wait(self._every_s):
            self._once()
        self._once()

    def _once(self) -> None:
        try:
            self._act()
        except (OperationalError, InterfaceError) as error:
            logger.warning("database away", extra={"work": self._name, "error": str(error)})
        except Exception:  # nobody would miss the thread
            logger.exception("background work failed", extra={"work": self._name})
        finally:
            connection.close()

    def _end(self) -> None:
        self._ended.set()
        if self._thread is not None:
            self._thread.join(LAST_ACT_S)
