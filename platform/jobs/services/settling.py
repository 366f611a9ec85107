"""A job's end, by the attempt that holds it: its result, what it counts, and who is next."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

from django.db import connection, transaction

from foundation import files
from foundation.errors import Fact, Retry, TifoError
from foundation.http.problems import document
from foundation.ids import new_id
from jobs import usage
from jobs.models import Job
from jobs.registry import Result
from jobs.services.holding import HELD, mine
from jobs.services.news import NEWS, say
from jobs.services.turns import release
from jobs.signals import refund_due
from metering.services import begin_usage_month


class WorkerLost(TifoError):
    status = 500
    code = "worker-lost"
    title = "The job's worker died every time it was tried"
    meaning = (
        "The process that ran the job died at every attempt, most likely of this input. What the "
        "job would have cost was given back."
    )
    remedy = (
        "Ask for the work again with another input: shorter, or converted anew. If it happens "
        "again, give the operator the job's id."
    )
    retry = Retry.NO
    advice = (
        "Ask again with another input, shorter or converted anew; if that dies as well, give "
        "the operator the job's id."
    )
    members = {
        "attempts": Fact(3, "how often it was tried"),
    }


class DeadlinePassed(TifoError):
    status = 504
    code = "deadline-passed"
    title = "The job had not ended by its deadline"
    meaning = (
        "The deadline that the job was given passed before it had a result. It was ended then, and "
        "costs nothing."
    )
    remedy = "Ask again with a later deadline, or with none."
    retry = Retry.NO
    advice = "Ask again with a later deadline, or with none."
    members = {
        "deadline_at": Fact("2026-11-30T20:45:00+00:00", "the deadline that it was given"),
        "started": Fact(False, "whether a worker had begun it"),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What an attempt took, in milliseconds: of the processor, and of an accelerator held."""

    cpu_ms: int = 0
    gpu_ms: int = 0
    npu_ms: int = 0


NOTHING = Spent()


def succeed(job: Job, result: Result, *, now: datetime, spent: Spent = NOTHING) -> bool:
    """Settle with a result; False when another attempt holds the job or a cancel came first.

    What it counts is written with it. Where it is False the result's files end at once: a cancelled
    job makes nothing, however far its handler came.
    """
    if not result.files and result.provider in ("", job.provider):  # nothing is done together
        return _succeed(job, result, now, spent)
    with transaction.atomic():
        return _succeed(job, result, now, spent)


def _succeed(job: Job, result: Result, now: datetime, spent: Spent) -> bool:
    data, running = result.data, [Job.State.RUNNING]
    if result.provider not in ("", job.provider):  # its worker had another for it, or none
        mine(job).filter(state__in=running).update(provider=result.provider)
    if not _settle(job, Job.State.SUCCEEDED, now, spent, held=running, result=data, billed=True):
        files.end(result.files, now=now)
        stop(job, now=now, spent=spent)
        return False
    if result.files:
        job.files.set(result.files)
    if result.keep:
        files.keep(result.files)
    return True


def fail(job: Job, error: dict[str, Any], *, now: datetime, spent: Spent = NOTHING) -> bool:
    """Settle with a problem document; False when another attempt holds the job.

    A problem of status 500 and above is the platform's own: then the job's charges are due back.
    """
    ours = error["status"] >= 500
    return _settle(job, Job.State.FAILED, now, spent, error=error, due=ours)


def stop(job: Job, *, now: datetime, spent: Spent = NOTHING, billed: bool = True) -> bool:
    """Settle as cancelled, once the handler has really stopped. What ran until then is `billed`,
    unless its worker had died before."""
    return _settle(job, Job.State.CANCELLED, now, spent, billed=billed, due=not billed)


def expire(job: Job, *, now: datetime, spent: Spent = NOTHING) -> bool:
    """Settle as past its deadline, whether it was running or still waited; nothing is owed for it.
    False when another attempt holds the job, or it was claimed or cancelled meanwhile."""
    assert job.deadline_at is not None
    passed = DeadlinePassed(deadline_at=job.deadline_at.isoformat(), started=job.attempt > 0)
    held = [Job.State.RUNNING if job.attempt and job.state in HELD else Job.State.QUEUED]
    error = document(passed, request_id=job.pk)
    return _settle(job, Job.State.EXPIRED, now, spent, held=held, error=error, due=True)


def die(job: Job, *, now: datetime) -> bool:
    """Settle as dead: every worker that tried it has died. An operator may requeue it."""
    error = document(WorkerLost(attempts=job.attempt), request_id=job.pk)
    running = [Job.State.RUNNING]  # what its caller has cancelled is no operator's to requeue
    return _settle(job, Job.State.DEAD, now, NOTHING, held=running, error=error, due=True)


def refunded(job: Job) -> bool:
    """Note that the job's charges are given back; False when somebody else has."""
    due = Job.objects.filter(pk=job.pk, refund_due=True)
    return bool(due.update(refund_due=False, charges=[]))


# A function of the database, which its migration explains.
_SETTLE: Final = """
    SELECT done, reached, owed, place_wanted, waiting, month_wanted FROM jobs_settle(
        %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb, %s::jsonb, %s, %s::jsonb, %s)
"""


def _settle(
    job: Job,
    state: str,
    now: datetime,
    spent: Spent,
    *,
    held: Sequence[str] = HELD,
    result: dict[str, Any] | None = None,
    error: dict[str, Any] | None = None,
    due: bool = False,
    billed: bool = False,
) -> bool:
    """False where the job is in none of the states `held`, or another attempt's.

    One statement: what it counts and its event stand with it, or none of them.
    """
    costs = [spent.cpu_ms, spent.gpu_ms, spent.npu_ms]
    told = [None if each is None else json.dumps(each) for each in (result, error)]
    counts = usage.counted(job, finished_at=now) if billed else []
    units = json.dumps([(meter, str(quantity)) for meter, quantity in counts])
    event_id = new_id("evt", now)
    attempt = [job.pk, job.attempt, job.started_at]
    asked: list[Any] = [*attempt, list(held), state, now, *costs, *told, due]
    with connection.cursor() as cursor:
        cursor.execute(_SETTLE, [*asked, units, event_id])
        *settled, month_wanted = cursor.fetchone()
        if month_wanted is not None:
            begin_usage_month(job.organisation_id, job.livemode, month_wanted)
            cursor.execute(_SETTLE, [*asked, units, event_id])
            *settled, month_wanted = cursor.fetchone()
    done, reached, owed, place_wanted, waiting = settled
    if not done:
        return False
    job.state, job.finished_at, job.progress, job.refund_due = state, now, reached, owed
    job.result, job.error = result or job.result, error or job.error
    job.cpu_ms, job.gpu_ms, job.npu_ms = costs
    job.others_wait = waiting
    say(job, NEWS[Job.State(state)], event_id=event_id)
    tell_what_is_due(job)
    if job.queue and place_wanted:  # the sweep would see to it, too
        released = release(job.organisation, job.queue, now=now)
        job.others_wait = waiting or released > 0
    return True


def tell_what_is_due(job: Job) -> None:
    """Say after the commit that charges are to be given back, where they are."""
    if job.refund_due:
        transaction.on_commit(partial(refund_due.send_robust, Job, job=job))
