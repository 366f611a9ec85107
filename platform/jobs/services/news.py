"""Telling what a job has come to."""

from datetime import datetime
from typing import Final

from foundation.events.catalogue import Durable
from foundation.events.services import tell
from foundation.events.sockets import (
    Audience,
    say_after_commit,
    send_after_commit,
    to_listeners,
)
from jobs import events
from jobs.events import JobData
from jobs.models import Job

NEWS: Final = {
    Job.State.QUEUED: events.JOB_QUEUED,
    Job.State.RUNNING: events.JOB_RUNNING,
    Job.State.CANCELLING: events.JOB_CANCELLING,
    Job.State.SUCCEEDED: events.JOB_SUCCEEDED,
    Job.State.FAILED: events.JOB_FAILED,
    Job.State.CANCELLED: events.JOB_CANCELLED,
    Job.State.ABORTED: events.JOB_ABORTED,
    Job.State.EXPIRED: events.JOB_EXPIRED,
    Job.State.DEAD: events.JOB_DEAD,
}


def announce(job: Job, now: datetime) -> None:
    """Tell the state that the job has come to, in the transaction that brought it there."""
    tell(NEWS[Job.State(job.state)], data_of(job), to=_audience(job), now=now)


def say(job: Job, event: Durable[JobData], *, event_id: str) -> None:
    """Tell those who watch of an event that is kept already, under this id."""
    send_after_commit(to_listeners(event, data_of(job), to=_audience(job), event_id=event_id))


def say_progress(job: Job) -> None:
    """Tell those who watch how far it is; nobody is told later."""
    say_after_commit(events.JOB_PROGRESSED, data_of(job), to=_audience(job))


def _audience(job: Job) -> Audience:
    return Audience(job.organisation_id, job.livemode)


def data_of(job: Job) -> JobData:
    """What is told of it."""
    return JobData(
        id=job.pk,
        kind=job.kind,
        state=job.state,
        progress=job.progress,
        accelerator=job.accelerator,
        attempt=job.attempt,
    )
