"""Writes of the ledger: enqueue, claim, renew, settle, cancel, sweep. Each is one transaction.

Nothing is lost and nothing is counted twice because (1) the row is committed before anything is
published, (2) a claim is one conditional UPDATE that hands out a new attempt, (3) settling requires
that very attempt, and (4) the sweep publishes again what was never claimed or whose lease ran out.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from foundation import events
from foundation.errors import Conflict, NotFound
from foundation.ids import new_id
from jobs.dispatch import publish
from jobs.models import Job
from jobs.registry import Result
from tenants.models import Organisation

LEASE = timedelta(seconds=6)
STALE = timedelta(seconds=60)
MAX_ATTEMPTS = 3
_OPEN = (Job.State.QUEUED, Job.State.RUNNING)


class JobFinished(Conflict):
    code = "job-finished"
    title = "The job has ended and cannot be cancelled"


def enqueue(
    *,
    organisation: Organisation,
    livemode: bool,
    kind: str,
    payload: dict[str, Any],
    accelerator: str,
    now: datetime,
    meter: str = "",
    quantity: int = 0,
) -> Job:
    """Record the work; it is published when the surrounding transaction has committed."""
    job = Job.objects.create(
        id=new_id("job", now),
        organisation=organisation,
        livemode=livemode,
        kind=kind,
        accelerator=accelerator,
        payload=payload,
        meter=meter,
        quantity=quantity,
        created_at=now,
    )
    transaction.on_commit(lambda: publish([job], now=now))
    _announce(job)
    return job


def claim(job_id: str, *, ran_on: str, now: datetime) -> Job | None:
    """Take the job for one attempt, or None when it is settled or held by a living worker."""
    free = Q(state=Job.State.QUEUED) | Q(state=Job.State.RUNNING, lease_until__lt=now)
    taken = Job.objects.filter(free, pk=job_id, attempt__lt=MAX_ATTEMPTS).update(
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
    _announce(job)
    return job


def renew(job: Job, *, now: datetime) -> bool:
    """Extend the lease; False when this attempt has lost the job."""
    return bool(_mine(job).update(lease_until=now + LEASE))


def report_progress(job: Job, share: float) -> bool:
    """Note progress (0–1); True when someone asked to cancel."""
    job.progress = min(max(share, 0.0), 1.0)
    _mine(job).update(progress=job.progress)
    _announce(job)
    return bool(_mine(job).filter(cancel_requested_at__isnull=False).exists())


@transaction.atomic
def succeed(job: Job, result: Result, *, now: datetime) -> bool:
    """Settle with a result; False when another attempt holds the job (then nothing is written)."""
    settled = _settle(job, Job.State.SUCCEEDED, now, result=result.data, progress=1.0)
    if settled:
        job.files.set(result.files)
    return settled


def fail(job: Job, error: dict[str, Any], *, now: datetime) -> bool:
    """Settle with a problem document; False when another attempt holds the job."""
    return _settle(job, Job.State.FAILED, now, error=error)


def stop(job: Job, *, now: datetime) -> bool:
    """Settle as cancelled, once the handler has really stopped."""
    return _settle(job, Job.State.CANCELLED, now)


@transaction.atomic
def cancel(*, organisation: Organisation, job_id: str, livemode: bool, now: datetime) -> Job:
    """Cancel a queued job at once; ask a running one to stop at its next step."""
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
    job.save(update_fields=["cancel_requested_at", "state", "finished_at"])
    _announce(job)
    return job


def sweep(*, now: datetime) -> int:
    """Publish again what was never published or claimed, or whose worker died; returns how many."""
    _give_up(now)
    forgotten = Q(state=Job.State.QUEUED) & (
        Q(published_at__isnull=True) | Q(published_at__lt=now - STALE)
    )
    orphaned = Q(state=Job.State.RUNNING, lease_until__lt=now)
    jobs = list(Job.objects.filter(forgotten | orphaned).order_by("created_at")[:500])
    return publish(jobs, now=now)


def _give_up(now: datetime) -> None:
    error = {
        "code": "worker-lost",
        "title": "The job's worker died every time it was tried",
        "attempts": MAX_ATTEMPTS,
    }
    dead = Job.objects.filter(
        state=Job.State.RUNNING, lease_until__lt=now, attempt__gte=MAX_ATTEMPTS
    )
    for job in dead:
        fail(job, error, now=now)


def _mine(job: Job) -> Any:
    return Job.objects.filter(pk=job.pk, attempt=job.attempt, state=Job.State.RUNNING)


def _settle(job: Job, state: str, now: datetime, **fields: Any) -> bool:
    done = _mine(job).update(state=state, finished_at=now, lease_until=None, **fields)
    if done:
        job.refresh_from_db()
        _announce(job)
    return bool(done)


def _announce(job: Job) -> None:
    events.send_after_commit(
        events.group(job.organisation_id, livemode=job.livemode),
        {
            "type": "job",
            "id": job.pk,
            "kind": job.kind,
            "state": job.state,
            "progress": job.progress,
            "accelerator": job.accelerator,
            "attempt": job.attempt,
        },
    )
