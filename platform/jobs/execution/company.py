"""How many jobs are done together: as many as are done within their kind's budget of latency."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from jobs import registry
from jobs.execution.messages import Answer
from jobs.execution.watch import End, LetGo
from jobs.models import Job

REMEMBERED: Final = 1000
"""Of the sorts of jobs that are alike, those that were done last."""
APART_S: Final = 600.0
"""So long those are done alone that could not be done together, before it is tried again."""

Sort = tuple[str, bool, str, str]


def parts(end: End) -> bool:
    """Whether a batch has failed as one: its process died of it, or nothing came of it."""
    return end == LetGo(blamed=True) or (isinstance(end, Answer) and end.outcome == "alone")


class Paces:
    """What a job of each sort took, of one worker, in seconds; those of one batch took the same."""

    def __init__(self) -> None:
        self._seconds: OrderedDict[Sort, float] = OrderedDict()
        self._apart_until: OrderedDict[Sort, float] = OrderedDict()

    def company(self, job: Job, *, moment: float) -> int:
        """How many others may be done with it, so that it has its result in time all the same.

        None with what was never done here before, and none with what was tried before: it may be
        what its process dies of. `moment` is of a clock that only grows, in seconds.
        """
        together = registry.together(job.kind) if job.alike else None
        sort = _sort(job)
        took_s = self._seconds.get(sort)
        if together is None or took_s is None or job.attempt > 1:
            return 0
        if moment < self._apart_until.get(sort, moment):
            return 0
        fit = together.within.total_seconds() / max(took_s, 1e-6)
        return max(0, min(int(fit), together.most) - 1)

    def note(self, jobs: Sequence[Job], seconds: float) -> None:
        """These were done in so long, together."""
        if jobs[0].alike:
            _keep(self._seconds, _sort(jobs[0]), seconds / len(jobs))

    def part(self, jobs: Sequence[Job], *, moment: float) -> None:
        """These could not be done together."""
        if len(jobs) > 1:
            _keep(self._apart_until, _sort(jobs[0]), moment + APART_S)


def _keep(memory: OrderedDict[Sort, float], sort: Sort, value: float) -> None:
    memory[sort] = value
    memory.move_to_end(sort)
    if len(memory) > REMEMBERED:
        memory.popitem(last=False)


def _sort(job: Job) -> Sort:
    return job.organisation_id, job.livemode, job.kind, job.alike
