"""Writes of the ledger: enqueue, claim, renew, settle, cancel, sweep. Each is one transaction.

Nothing is lost and nothing is counted twice because (1) the row is committed before anything is
published, (2) a claim is one conditional UPDATE that hands out a new attempt, (3) settling requires
that very attempt, and (4) the sweep publishes again what was never claimed or whose lease ran out.
A job that the platform failed is marked in its settlement, so that no refund is forgotten.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet

from foundation import files
from foundation.errors import Conflict, Fact, NotFound, Retry, TifoError
from foundation.events.services import tell
from foundation.events.sockets import Audience, say_after_commit
from foundation.http.problems import document
from foundation.ids import new_id
from jobs import counts, usage
from jobs.dispatch import publish
from jobs.events import (
    JOB_CANCELLED,
    JOB_FAILED,
    JOB_PROGRESSED,
    JOB_QUEUED,
    JOB_RUNNING,
    JOB_SUCCEEDED,
    JobData,
)
from jobs.models import Job
from jobs.registry import Result
from jobs.signals import refund_due
from metering.meters import MeterName
from tenants.models import Organisation

LEASE = timedelta(seconds=6)
STALE = timedelta(seconds=60)
MAX_ATTEMPTS = 3
_OPEN = (Job.State.QUEUED, Job.State.RUNNING)
_NEWS = {
    Job.State.QUEUED: JOB_QUEUED,
    Job.State.RUNNING: JOB_RUNNING,
    Job.State.SUCCEEDED: JOB_SUCCEEDED,
    Job.State.FAILED: JOB_FAILED,
    Job.State.CANCELLED: JOB_CANCELLED,
}


class JobFinished(Conflict):
    code = "job-finished"
    title = "The job has ended and cannot be cancelled"
    meaning = "The job ended before it could be cancelled; `state` says how."
    remedy = "Read the job: its result or its error is there."
    retry = Retry.NO
    members = {
        "state": Fact("succeeded", "how the job ended"),
    }


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
    members = {
        "attempts": Fact(3, "how often it was tried"),
    }


@transaction.atomic
def enqueue(
    *,
    organisation: Organisation,
    livemode: bool,
    kind: str,
    payload: dict[str, Any],
    accelerator: str,
    now: datetime,
    meter: MeterName | None = None,
    quantity: int = 0,
    charges: Sequence[dict[str, Any]] = (),
    key_id: str = "",
    family: str = "",
) -> Job:
    """Record the work; it is published when the surrounding transaction has committed.

    Its success counts `quantity` units of the `meter`, under the key and family that asked.

    `charges` (JSON) come back to `signals.refund_due` if the platform fails the job.
    """
    job = Job.objects.create(
        id=new_id("job", now),
        organisation=organisation,
        livemode=livemode,
        kind=kind,
        accelerator=accelerator,
        payload=payload,
        meter=meter or "",
        quantity=quantity,
        charges=list(charges),
        key_id=key_id,
        family=family,
        created_at=now,
    )
    transaction.on_commit(lambda: publish([job], now=now), robust=True)
    _announce(job, now)
    return job


@transaction.atomic
def claim(job_id: str, *, ran_on: str, now: datetime) -> Job | None:
    """Take the job for one attempt, or None when it is settled or held by a living worker."""
    free = Q(state=Job.State.QUEUED) | Q(state=Job.State.RUNNING, lease_until__lt=now)
    taken = Job.objects.filter(
        free, pk=job_id, attempt__lt=MAX_ATTEMPTS, cancel_requested_at=None
    ).update(
        state=Job.State.RUNNING,
        attempt=F("attempt") + 1,
        ran_on=ran_on,
        lease_until=now + LEASE,
        started_at=now,
        progress=0.0,
    )
    if not taken:
        return None
    job = Job.objects.select_related("organisation").get(pk=job_id)
    _announce(job, now)
    return job


def renew(job: Job, *, now: datetime) -> bool:
    """Extend the lease; False when this attempt has lost the job."""
    return bool(_mine(job).update(lease_until=now + LEASE))


def report_progress(job: Job, share: float) -> bool:
    """Note progress (0–1); True when someone asked to cancel."""
    job.progress = min(max(share, 0.0), 1.0)
    if not _mine(job).update(progress=job.progress):
        return False  # Another attempt holds the job, and its progress is the one to tell.
    say_after_commit(JOB_PROGRESSED, _data(job), to=_audience(job))
    return bool(_mine(job).filter(cancel_requested_at__isnull=False).exists())


@transaction.atomic
def succeed(job: Job, result: Result, *, now: datetime) -> bool:
    """Settle with a result; False when another attempt holds the job or a cancel came first.

    The usage row is written with it. Where it is False the result's files end at once: a cancelled
    job makes nothing and counts nothing, however far its handler came.
    """
    wanted = _mine(job).filter(cancel_requested_at=None)
    if not _settle(job, Job.State.SUCCEEDED, now, wanted, result=result.data, progress=1.0):
        files.end(result.files, now=now)
        stop(job, now=now)
        return False
    job.files.set(result.files)
    if result.keep:
        files.keep(result.files)
    usage.record(job, finished_at=now)
    return True


def fail(job: Job, error: dict[str, Any], *, now: datetime) -> bool:
    """Settle with a problem document; False when another attempt holds the job.

    A problem of status 500 and above is the platform's own: then the job's charges are due back.
    """
    ours = error["status"] >= 500
    return _settle(
        job, Job.State.FAILED, now, _mine(job), error=error, refund_due=ours and bool(job.charges)
    )


def stop(job: Job, *, now: datetime) -> bool:
    """Settle as cancelled, once the handler has really stopped."""
    return _settle(job, Job.State.CANCELLED, now, _mine(job))


@transaction.atomic
def cancel(*, organisation: Organisation, job_id: str, livemode: bool, now: datetime) -> Job:
    """Cancel a queued job at once; ask a running one to stop at its next step.

    From here on it cannot succeed; one that no worker has touched gives its charges back. Raises
    NotFound, and JobFinished for one that has ended.
    """
    job = (
        Job.objects.select_for_update()
        .filter(organisation=organisation, livemode=livemode, pk=job_id)
        .first()
    )
    if job is None:
        raise NotFound(f"No job {job_id}.")
    if job.state not in _OPEN:
        if job.state == Job.State.CANCELLED:
            return job
        raise JobFinished(state=job.state)
    job.cancel_requested_at = job.cancel_requested_at or now
    if job.state == Job.State.QUEUED:
        job.state, job.finished_at = Job.State.CANCELLED, now
        job.refund_due = bool(job.charges)
    job.save(update_fields=["cancel_requested_at", "state", "finished_at", "refund_due"])
    if job.state not in _OPEN:
        counts.settled(job)
    _announce(job, now)
    _tell_what_is_due(job)
    return job


def refunded(job: Job) -> bool:
    """Note that the job's charges are given back; False when somebody else has."""
    return bool(Job.objects.filter(pk=job.pk, refund_due=True).update(refund_due=False))


def sweep(*, now: datetime) -> int:
    """Publish again what was never published or claimed, or whose worker died; returns how many."""
    _give_up(now)
    forgotten = Q(state=Job.State.QUEUED) & (
        Q(published_at__isnull=True) | Q(published_at__lt=now - STALE)
    )
    # Once at the end of its lease, then as a queued one: its message may wait behind others.
    unsent = Q(published_at__isnull=True) | Q(published_at__lte=F("lease_until"))
    orphaned = Q(state=Job.State.RUNNING, lease_until__lt=now) & (
        unsent | Q(published_at__lt=now - STALE)
    )
    jobs = list(Job.objects.filter(forgotten | orphaned).order_by("created_at")[:500])
    return publish(jobs, now=now)


def _give_up(now: datetime) -> None:
    """Settle what nobody will run again: cancelled under a dead worker, or tried too often."""
    dead = Job.objects.filter(state=Job.State.RUNNING, lease_until__lt=now)
    for job in dead.filter(cancel_requested_at__isnull=False):
        stop(job, now=now)
    for job in dead.filter(attempt__gte=MAX_ATTEMPTS):
        fail(job, document(WorkerLost(attempts=MAX_ATTEMPTS), request_id=job.pk), now=now)


def _mine(job: Job) -> QuerySet[Job]:
    return Job.objects.filter(pk=job.pk, attempt=job.attempt, state=Job.State.RUNNING)


@transaction.atomic
def _settle(job: Job, state: str, now: datetime, held: QuerySet[Job], **fields: Any) -> bool:
    done = held.update(state=state, finished_at=now, lease_until=None, **fields)
    if done:
        job.refresh_from_db()
        counts.settled(job)
        _announce(job, now)
        _tell_what_is_due(job)
    return bool(done)


def _tell_what_is_due(job: Job) -> None:
    if job.refund_due:
        transaction.on_commit(partial(refund_due.send_robust, Job, job=job))


def _announce(job: Job, now: datetime) -> None:
    """Tell the state that the job has come to."""
    tell(_NEWS[Job.State(job.state)], _data(job), to=_audience(job), now=now)


def _audience(job: Job) -> Audience:
    return Audience(job.organisation_id, job.livemode)


def _data(job: Job) -> JobData:
    return JobData(
        id=job.pk,
        kind=job.kind,
        state=job.state,
        progress=job.progress,
        accelerator=job.accelerator,
        attempt=job.attempt,
    )
