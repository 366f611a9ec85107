"""What an attempt holds."""

from django.db.models import QuerySet

from jobs.models import Job

HELD = (Job.State.RUNNING, Job.State.CANCELLING)


def mine(job: Job) -> QuerySet[Job]:
    """The row, as long as this attempt holds it: by its number and the moment that it began."""
    attempt = Job.objects.filter(attempt=job.attempt, started_at=job.started_at)
    return attempt.filter(pk=job.pk, state__in=HELD)


def state(job: Job) -> str | None:
    """What the job is in, running or cancelling; None when this attempt holds it no more."""
    return mine(job).values_list("state", flat=True).first()
