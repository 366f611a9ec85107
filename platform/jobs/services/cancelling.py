"""Stopping a job at its caller's wish, and running a dead one again at the operator's."""

from datetime import datetime

from django.db import transaction

from foundation.errors import Conflict, Fact, NotFound, Retry
from jobs import counts
from jobs.models import Job
from jobs.services.news import announce
from jobs.services.settling import tell_what_is_due
from jobs.services.terms import MAX_ATTEMPTS
from jobs.services.turns import release
from tenants.models import Organisation

_STOPPED = {Job.State.CANCELLING, Job.State.CANCELLED, Job.State.ABORTED}


class JobFinished(Conflict):
    code = "job-finished"
    title = "The job has ended and cannot be cancelled"
    meaning = "The job ended before it could be cancelled; `state` says how."
    remedy = "Read the job: its result or its error is there."
    retry = Retry.NO
    advice = "Read the job: its result or its error is there."
    members = {
        "state": Fact("succeeded", "how the job ended"),
    }


class NotDead(Conflict):
    code = "job-not-dead"
    title = "Only a dead job can be requeued"
    meaning = (
        "A job is put on its queue again when its workers died at every attempt, and else not."
    )
    remedy = "Ask for the work again, as a job of its own."
    retry = Retry.NO
    advice = "Ask for the work again, as a job of its own."
    members = {
        "state": Fact("succeeded", "the state that the job is in"),
    }


@transaction.atomic
def cancel(*, organisation: Organisation, job_id: str, livemode: bool, now: datetime) -> Job:
    """End a queued job at once, free of charge; have a running one stopped by its worker.

    From here on it cannot succeed. Done again, nothing changes. Raises NotFound, and JobFinished
    for one that has ended otherwise.
    """
    mine = Job.objects.filter(organisation=organisation, livemode=livemode)
    job = mine.select_for_update(of=("self",)).filter(pk=job_id).first()
    if job is None:
        raise NotFound.named("job", job_id)
    if job.state in _STOPPED:
        return job
    if job.state == Job.State.QUEUED:
        job.state, job.finished_at = Job.State.ABORTED, now
        job.refund_due = bool(job.charges)
    elif job.state == Job.State.RUNNING:
        job.state = Job.State.CANCELLING
    else:
        raise JobFinished(state=job.state)
    job.cancel_requested_at = now
    job.save(update_fields=["cancel_requested_at", "state", "finished_at", "refund_due"])
    announce(job, now)
    if job.state == Job.State.ABORTED:
        counts.settled(job)
        tell_what_is_due(job)
        release(organisation, job.queue, now=now)
    return job


@transaction.atomic
def requeue(job: Job, *, now: datetime) -> Job:
    """Try a dead job again, as often as a new one. Its charges stay given back, so it costs no part
    of a window; its success counts as any other's. Raises NotDead."""
    dead = Job.objects.select_for_update(of=("self",)).get(pk=job.pk)
    if dead.state != Job.State.DEAD:
        raise NotDead(state=dead.state)
    counts.unsettled(dead)
    dead.state, dead.turn, dead.error, dead.finished_at = Job.State.QUEUED, None, None, None
    dead.cancel_requested_at, dead.waits_since = None, now
    dead.attempts_most = dead.attempt + MAX_ATTEMPTS
    dead.deadline_at = dead.urgent_at = None  # it has passed, or would before anybody looks
    dead.save()
    announce(dead, now)
    release(dead.organisation, dead.queue, now=now)
    return dead
