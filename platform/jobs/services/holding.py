"""What an attempt holds."""

from typing import Final

from django.db.models import F, QuerySet

from jobs.models import Job

MOST_SPARED: Final = 100  # attempts: ten minutes, by the lease
HELD = (Job.State.RUNNING, Job.State.CANCELLING)


def mine(job: Job) -> QuerySet[Job]:
    """The row, as long as this attempt holds it: by its number and the moment that it began."""
    attempt = Job.objects.filter(attempt=job.attempt, started_at=job.started_at)
    return attempt.filter(pk=job.pk, state__in=HELD)


def ended(job: Job) -> bool:
    """Whether this very attempt has been settled."""
    attempt = Job.objects.filter(attempt=job.attempt, started_at=job.started_at)
    return attempt.filter(pk=job.pk, finished_at__isnull=False).exists()


def spare(job: Job) -> None:
    """A store was away, which is nothing to the job: when the lease has run out it is tried again,
    and this attempt does not count. Not for ever, since a store may be away for it alone."""
    mine(job).filter(attempt__lt=MOST_SPARED).update(attempts_most=F("attempts_most") + 1)


def state(job: Job) -> str | None:
    """What the job is in, running or cancelling; None when this attempt holds it no more."""
    return mine(job).values_list("state", flat=True).first()
