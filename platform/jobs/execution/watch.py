"""The half of an attempt that watches: it keeps the lease, and ends what goes on for too long."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import DatabaseError, connection

from foundation.clock import now
from foundation.errors import TifoError
from jobs import services
from jobs.execution.guard import TICK_S, Guard
from jobs.execution.hands import Hand
from jobs.execution.limits import Limits
from jobs.execution.line import Ended
from jobs.execution.messages import Answer, order
from jobs.models import Job

logger = logging.getLogger(__name__)
LOOK_S: Final = 0.4
GRACE_S: Final = 1.0
"""How long a handler may go on after a cancel: with the look before it well within two seconds."""
RENEW_S: Final = services.LEASE.total_seconds() / 3


@dataclass(frozen=True, slots=True)
class Refused:
    """It took more than it may, and was ended."""

    error: TifoError


@dataclass(frozen=True, slots=True)
class Stopped:
    """Its caller wants no more of it, and it did not stop by itself."""


@dataclass(frozen=True, slots=True)
class Late:
    """Its deadline has passed."""


@dataclass(frozen=True, slots=True)
class Lost:
    """Another attempt holds the job, or it has ended without us."""


@dataclass(frozen=True, slots=True)
class LetGo:
    """Its process died of it (`blamed`), or its worker must go."""

    blamed: bool


End = Answer | Refused | Stopped | Late | Lost | LetGo


class Watch:
    """Over one attempt. `must_go` says whether the worker can wait no longer."""

    def __init__(self, job: Job, hand: Hand, limits: Limits, must_go: Callable[[], bool]) -> None:
        self._job, self._hand, self._must_go = job, hand, must_go
        self._guard = Guard(hand, limits)
        self._began = time.monotonic()
        self._look_at = self._began + LOOK_S
        self._renew_at = self._began + RENEW_S
        self._cancelled_at: float | None = None

    def end(self) -> End:
        """How it ended. Unless that is an Answer, the process may go on, and has to be ended."""
        try:
            return self._end()
        except Ended:
            excess = self._guard.excess()
            if excess is not None:  # its guard had to kill it, while we waited for the database
                return Stopped() if self._cancelled_at is not None else Refused(excess)
            logger.warning("process of a job died", extra={"job": self._job.pk})
            return LetGo(blamed=not self._must_go())
        finally:
            self._guard.end()

    def _end(self) -> End:
        """As above. Raises Ended when the process is gone."""
        self._hand.tell(order(self._job))
        while (said := self._hand.hear(TICK_S)) is None:
            end = self._over(time.monotonic(), now())
            if end is not None:
                return end
        answer = Answer.read(said)
        if answer.attempt != (self._job.pk, self._job.attempt):
            raise Ended
        return answer

    @property
    def ran_ms(self) -> int:
        """Milliseconds since it was begun."""
        return round(1000 * (time.monotonic() - self._began))

    def _over(self, moment: float, clock: datetime) -> End | None:
        """What ends it now, if anything does."""
        if moment >= self._look_at:
            self._look_at = moment + LOOK_S
            self._guard.alone()  # while a database hangs, it hangs us as well
            state = self._state(moment, clock)
            if state is None:
                return Lost()
            if state == Job.State.CANCELLING and self._cancelled_at is None:
                self._cancelled_at = moment
        excess = self._guard.excess()
        if self._cancelled_at is not None:  # and so it ends, whatever else comes now
            over = moment >= self._cancelled_at + GRACE_S or excess is not None
            return Stopped() if over else None
        if excess is not None:
            return Refused(excess)
        if self._job.deadline_at is not None and clock >= self._job.deadline_at:
            return Late()
        return LetGo(blamed=False) if self._must_go() else None

    def _state(self, moment: float, clock: datetime) -> str | None:
        """Running, cancelling, or None when the job is no longer ours."""
        try:
            if moment < self._renew_at:
                return services.state(self._job)
            self._renew_at = moment + RENEW_S
            return services.renew(self._job, now=clock)
        except DatabaseError:
            connection.close()  # A database that was away for a moment takes no job from us.
            return Job.State.RUNNING
