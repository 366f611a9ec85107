"""How workers stand: a state is what one said last, and who died says nothing more."""

from datetime import datetime
from typing import Any, Final, Literal

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, F, OuterRef, Q, QuerySet, Value, When

from jobs.models import Job, Worker
from jobs.services import SILENT, living
from jobs.services.holding import HELD

SAYS_NOTHING: Final = "silent"
Holder = Literal["there", "unheard", "nobody"]


def standing(workers: QuerySet[Worker], *, now: datetime) -> QuerySet[Any]:
    """Each with `stands`, its state or `silent` where it was not heard of for so long, and `lives`,
    whether it is there to take jobs. Whoever left said so, and stays so. `in_hand` are the ids of
    the jobs that it holds, all of those that it does as one."""
    heard = Q(heartbeat_at__gt=now - SILENT)
    left = Q(state=Worker.State.LEFT)
    stands = Case(When(heard | left, then=F("state")), default=Value(SAYS_NOTHING))
    held = Job.objects.filter(worker=OuterRef("pk"), state__in=HELD).order_by("started_at", "pk")
    return workers.annotate(
        stands=stands,
        lives=Case(When(heard & ~left, then=1), default=0),
        in_hand=ArraySubquery(held.values("pk")),
    )


def holder(job: Job, *, now: datetime) -> Holder:
    """Of a job that runs: whether the worker is there that holds it, or `unheard` of, or its lease
    has run out and `nobody` holds it."""
    if job.lease_until is None or job.lease_until < now:
        return "nobody"
    return "there" if living(now).filter(pk=job.worker).exists() else "unheard"
