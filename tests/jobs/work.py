"""Jobs that do a little, and the steps that tests take with them."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import OperationalError

from foundation import clock
from foundation.errors import TifoError
from foundation.files import StoreAway
from jobs import registry, services
from jobs.execution.settlement import settle
from jobs.execution.work import perform
from jobs.models import Job
from jobs.registry import Result, Task
from metering import queries as metering
from metering.meters import JOB_SECONDS, MeterName
from tests.conftest import Tenant

SECOND = timedelta(seconds=1)


@registry.handles("test.echo")
def echo(task: Task) -> Result:
    saved = task.save("echo.txt", "text/plain", [task.payload["text"].encode()])
    return Result({"length": len(task.payload["text"])}, (saved,))


class Refused(TifoError):
    status = 422
    code = "cannot-echo"
    title = "This cannot be echoed"


@registry.handles("test.refuse")
def refuse(task: Task) -> Result:
    raise Refused


@registry.handles("test.crash")
def crash(task: Task) -> Result:
    return Result({"never": 1 // int(task.payload["zero"])})


@registry.handles("test.outage")
def outage(task: Task) -> Result:
    raise OperationalError("the database went away")


@registry.handles("test.store_away")
def store_away(task: Task) -> Result:
    raise StoreAway


@registry.handles("test.deaf")
def deaf(task: Task) -> Result:
    """Is cancelled while it works, and never looks."""
    job = Job.objects.select_related("organisation").get(pk=task.job_id)
    saved = task.save("late.txt", "text/plain", [b"too late"])
    cancel(job, task.now)
    return Result({"done": True}, (saved,), keep=True)


def enqueue(tenant: Tenant, now: datetime, kind: str = "test.echo", **payload: Any) -> Job:
    return services.enqueue(
        organisation=tenant.organisation,
        livemode=True,
        kind=kind,
        payload=payload or {"text": "olé"},
        accelerator="cpu",
        meter=MeterName.EFFECTS,
        quantity=1,
        now=now,
    )


def charged(tenant: Tenant, now: datetime, deadline_at: datetime | None = None) -> Job:
    """A job for which something was spent."""
    return services.enqueue(
        organisation=tenant.organisation,
        livemode=True,
        kind="test.echo",
        payload={},
        accelerator="cpu",
        charges=[{"effect": 1}],
        deadline_at=deadline_at,
        now=now,
    )


def cancel(job: Job, now: datetime) -> Job:
    return services.cancel(
        organisation=job.organisation, job_id=job.pk, livemode=job.livemode, now=now
    )


def claim(job: Job, now: datetime) -> Job | None:
    """Take the job whose turn it is in the queue of this one, which is this one or None."""
    taken = services.claim(job.queue, by=services.Claimer(), now=now)
    assert taken is None or taken.pk == job.pk
    return taken


def execute(job_id: str) -> None:
    """Run the job here, as if it were its turn; nothing runs where it cannot be claimed."""
    waiting = Job.objects.filter(pk=job_id, state=Job.State.QUEUED)
    if waiting.update(turn=-1.0):
        ran = run_next(waiting.get().queue)
        assert ran
        assert ran.pk == job_id


def run_next(queue: str) -> Job | None:
    """Run the job whose turn it is, in this process; None when there is none."""
    job = services.claim(queue, by=services.Claimer(), now=clock.now())
    if job is not None:
        answer = perform(job)
        settle(job, answer, cpu_ms=answer.cpu_ms, ran_ms=0)
    return job


def used(
    tenant: Tenant, now: datetime, *, livemode: bool = True, seconds: bool = False
) -> dict[str, Decimal]:
    """What the UTC day that holds `now` counts; of job seconds only when they are asked for."""
    totals = metering.totals(
        tenant.organisation,
        livemode=livemode,
        start_day=now.date(),
        end_day=now.date() + timedelta(days=1),
    )
    left_out = set() if seconds else set(JOB_SECONDS.values())
    return {meter: total for meter, total in totals.items() if meter not in left_out}
