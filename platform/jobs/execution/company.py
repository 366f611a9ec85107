"""How many jobs are done together: as many as are done within their kind's budget of latency."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from jobs import registry
from jobs.models import Job

REMEMBERED: Final = 1000
"""Of the sorts of jobs that are alike, those that were done last."""


class Paces:
    """What a job of each sort took, of one worker, in seconds; those of one batch took the same."""

    def __init__(self) -> None:
        self._seconds: OrderedDict[tuple[str, bool, str, str], float] = OrderedDict()

    def company(self, job: Job) -> int:
        """How many others may be done with it, so that it has its result in time all the same.

        None with what was never done here before, and none with what was tried before: it may be
        what its process dies of.
        """
        together = registry.together(job.kind) if job.alike else None
        took_s = self._seconds.get(_sort(job))
        if together is None or took_s is None or job.attempt > 1:
            return 0
        fit = together.within.total_seconds() / max(took_s, 1e-6)
        return max(0, min(int(fit), together.most) - 1)

    def note(self, jobs: Sequence[Job], seconds: float) -> None:
        """These were done in so long, together."""
        if not jobs[0].alike:
            return
        sort = _sort(jobs[0])
        self._seconds[sort] = seconds / len(jobs)
        self._seconds.move_to_end(sort)
        if len(self._seconds) > REMEMBERED:
            self._seconds.popitem(last=False)


def _sort(job: Job) -> tuple[str, bool, str, str]:
    return job.organisation_id, job.livemode, job.kind, job.alike
