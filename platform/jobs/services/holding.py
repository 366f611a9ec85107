"""What an attempt holds."""

from django.db.models import QuerySet

from jobs.models import Job

HELD = (Job.State.RUNNING, Job.State.CANCELLING)


def mine(job: Job) -> QuerySet[Job]:
    """The row, as long as this attempt holds it."""
    return Job.objects.filter(pk=job.pk, attempt=job.attempt, state__in=HELD)


def state(job: Job) -> str | None:
    """What the job is in, running or cancelling; None when this attempt holds it no more."""
    return mine(job).values_list("state", flat=True).first()
