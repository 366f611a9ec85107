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
from jobs.execution.hands import Hand
from jobs.execution.limits import Limits, MemoryLimitExceeded, TimeLimitExceeded
from jobs.execution.line import Ended
from jobs.execution.messages import Answer, order
from jobs.models import Job

logger = logging.getLogger(__name__)
TICK_S: Final = 0.05
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
        self._hand, self._limits, self._must_go = hand, limits, must_go
        self._open = {(job.pk, job.attempt): _Attempt(job) for job in jobs}
        self._unanswered = set(self._open)
        self._held_before = hand.memory_bytes()
        self._began = time.monotonic()
        self._look_at = self._began + LOOK_S
        self._renew_at = self._began + RENEW_S
        self._alone = len(jobs) == 1

    def ends(self) -> Iterator[list[tuple[Job, End]]]:
        """How they end, those together that end together, until all have ended."""
        try:
            self._hand.tell(order([each.job for each in self._open.values()]))
            while self._open:
                said = self._hand.hear(TICK_S)
                ended = self._over() if said is None else self._answered(Answer.read(said))
                if ended:
                    yield ended
        except Ended:
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
        wanted = [each for each in self._open.values() if each.cancelled_at is None]
        if not wanted and self._open and self._too_much(moment) is not None:
            return ended + self._all(Stopped())  # for their caller wants nothing else
        for each in list(self._open.values()):
            end = self._own_end(each, moment, clock)
            if end is not None:
                ended.append(self._ended(each, end))
        if self._open and wanted:
            ended += self._common_end(moment)
        return ended

    def _looked(self, moment: float, clock: datetime) -> list[tuple[Job, End]]:
        """Those that are no longer ours; and note what is to be stopped."""
        self._look_at = moment + LOOK_S
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

    def _common_end(self, moment: float) -> list[tuple[Job, End]]:
        if self._must_go():
            return self._all(LetGo(blamed=False))
        refused = self._too_much(moment)
        if refused is None:
            return []
        # Nobody knows which of several it was: each is tried again, and alone.
        return self._all(refused if self._alone else LetGo(blamed=True))

    def _too_much(self, moment: float) -> Refused | None:
        limit_s = self._limits.time.total_seconds()
        if moment >= self._began + limit_s:
            return Refused(TimeLimitExceeded(limit_s=limit_s))
        held, most = self._hand.memory_bytes(), self._limits.memory_bytes
        if held is not None and most is not None and held - (self._held_before or 0) > most:
            return Refused(MemoryLimitExceeded(limit_bytes=most))
        return None

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
