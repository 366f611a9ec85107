"""The half of attempts that watches: it keeps their leases, and ends what goes on for too long."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
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


@dataclass(slots=True)
class _Attempt:
    job: Job
    cancelled_at: float | None = None


class Watch:
    """Over the attempts of one order: a job, or several that are done together. `must_go` says
    whether the worker can wait no longer."""

    def __init__(
        self, jobs: Sequence[Job], hand: Hand, limits: Limits, must_go: Callable[[], bool]
    ) -> None:
        self._hand, self._must_go = hand, must_go
        self._guard = Guard(hand, limits)
        self._open = {(job.pk, job.attempt): _Attempt(job) for job in jobs}
        self._unanswered = set(self._open)
        self._began = time.monotonic()
        self._look_at = self._began + LOOK_S
        self._renew_at = self._began + RENEW_S
        self._alone = len(jobs) == 1

    def ends(self) -> Iterator[list[tuple[Job, End]]]:
        """How they end, those together that end together, until all have ended.

        Whoever hears of it settles it, which a database may hold up, and buries the process once
        nothing more is wanted of it: by then nobody may kill it, for its number is another's.
        """
        try:
            for ended in self._ends():
                if self.is_over:
                    self._guard.end()
                else:
                    self._guard.alone()
                yield ended
        finally:
            self._guard.end()

    def _ends(self) -> Iterator[list[tuple[Job, End]]]:
        try:
            self._hand.tell(order([each.job for each in self._open.values()]))
            while self._open:
                said = self._hand.hear(TICK_S)
                ended = self._over() if said is None else self._answered(Answer.read(said))
                if ended:
                    yield ended
        except Ended:
            excess = self._guard.excess()
            if excess is not None:  # its guard had to kill it, while we waited for the database
                yield self._exceeded(excess)
                return
            logger.warning("process of a job died", extra={"jobs": self._names()})
            yield self._all(LetGo(blamed=not self._must_go()))

    @property
    def is_over(self) -> bool:
        """Nobody waits for anything of it any more."""
        return not self._open

    @property
    def is_answered(self) -> bool:
        """The process has done what it was told to, and may be told more. Where it has not it goes
        on, and has to be ended."""
        return not self._unanswered

    @property
    def ran_s(self) -> float:
        """Since it was begun."""
        return time.monotonic() - self._began

    def _answered(self, answer: Answer) -> list[tuple[Job, End]]:
        if answer.attempt not in self._unanswered:
            raise Ended
        self._unanswered.remove(answer.attempt)
        attempt = self._open.pop(answer.attempt, None)
        return [] if attempt is None else [(attempt.job, answer)]

    def _over(self) -> list[tuple[Job, End]]:
        """What ends now without an answer, if anything does."""
        moment, clock = time.monotonic(), now()
        ended = self._looked(moment, clock) if moment >= self._look_at else []
        excess = self._guard.excess()
        if excess is not None:
            return ended + self._exceeded(excess)
        for each in list(self._open.values()):
            end = self._own_end(each, moment, clock)
            if end is not None:
                ended.append(self._ended(each, end))
        if self._must_go() and any(each.cancelled_at is None for each in self._open.values()):
            ended += self._all(LetGo(blamed=False))
        return ended

    def _looked(self, moment: float, clock: datetime) -> list[tuple[Job, End]]:
        """Those that are no longer ours; and note what is to be stopped."""
        self._look_at = moment + LOOK_S
        self._guard.alone()  # while a database hangs, it hangs us as well
        renews = moment >= self._renew_at
        if renews:
            self._renew_at = moment + RENEW_S
        ended = []
        for each in list(self._open.values()):
            state = self._state(each.job, clock, renews=renews)
            if state is None:
                ended.append(self._ended(each, Lost()))
            elif state == Job.State.CANCELLING and each.cancelled_at is None:
                each.cancelled_at = moment
        return ended

    def _own_end(self, each: _Attempt, moment: float, clock: datetime) -> End | None:
        if each.cancelled_at is not None:  # and so it ends, whatever else comes now
            return Stopped() if moment >= each.cancelled_at + GRACE_S else None
        if each.job.deadline_at is not None and clock >= each.job.deadline_at:
            return Late()
        return None

    def _exceeded(self, excess: TifoError) -> list[tuple[Job, End]]:
        """What was cancelled is stopped, for its caller wants nothing else. Of several that took
        too much nobody knows which it was: each is tried again, and alone."""
        ended = [
            self._ended(each, Stopped())
            for each in list(self._open.values())
            if each.cancelled_at is not None
        ]
        return ended + self._all(Refused(excess) if self._alone else LetGo(blamed=True))

    def _state(self, job: Job, clock: datetime, *, renews: bool) -> str | None:
        """Running, cancelling, or None when the job is no longer ours."""
        try:
            return services.renew(job, now=clock) if renews else services.state(job)
        except DatabaseError:
            connection.close()  # A database that was away for a moment takes no job from us.
            return Job.State.RUNNING

    def _ended(self, each: _Attempt, end: End) -> tuple[Job, End]:
        del self._open[each.job.pk, each.job.attempt]
        return each.job, end

    def _all(self, end: End) -> list[tuple[Job, End]]:
        return [self._ended(each, end) for each in list(self._open.values())]

    def _names(self) -> list[str]:
        return [each.job.pk for each in self._open.values()]
