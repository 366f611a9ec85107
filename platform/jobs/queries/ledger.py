"""The jobs, from the organisation wherever one asks."""

from datetime import UTC, datetime
from typing import Final

from django.db.models import Case, Count, DurationField, F, QuerySet, Sum, When
from django.db.models.functions import Coalesce, Now

from foundation.errors import NotFound
from jobs.models import Job, JobCount
from tenants.models import Organisation

OPEN: Final = (Job.State.QUEUED, Job.State.RUNNING, Job.State.CANCELLING)

_SINCE: Final = Coalesce("waits_since", "created_at")
WAITED: Final = Case(
    When(state=Job.State.QUEUED, then=Now() - _SINCE),
    When(started_at__gte=_SINCE, then=F("started_at") - _SINCE),
    default=Coalesce("finished_at", Now()) - _SINCE,
    output_field=DurationField(),
)
"""`Job.waited` by the database's clock, to sort by."""


def jobs(organisation: Organisation, *, livemode: bool) -> QuerySet[Job]:
    return organisation.jobs.filter(livemode=livemode).prefetch_related("files")


def job(organisation: Organisation, job_id: str, *, livemode: bool) -> Job:
    """The organisation's job, or NotFound: a foreign id and an absent id look the same."""
    found = jobs(organisation, livemode=livemode).filter(pk=job_id).first()
    if found is None:
        raise NotFound.named("job", job_id)
    found.organisation = organisation
    return found


def refunds_due() -> QuerySet[Job]:
    """The jobs of all organisations whose charges wait to be given back, the oldest first."""
    return Job.objects.filter(refund_due=True).order_by("finished_at")


def counts(
    organisation: Organisation, *, livemode: bool, start: datetime, end: datetime
) -> dict[str, int]:
    """How many of the jobs that were asked for in [start, end) are in each state.

    Both must begin a UTC day: what has ended is kept by day, and only what is open is counted.
    """
    ended = JobCount.objects.filter(
        organisation=organisation,
        livemode=livemode,
        day__gte=start.astimezone(UTC).date(),
        day__lt=end.astimezone(UTC).date(),
    ).values_list("state")
    still_open = Job.objects.filter(
        organisation=organisation,
        livemode=livemode,
        state__in=OPEN,
        created_at__gte=start,
        created_at__lt=end,
    ).values_list("state")
    found = dict(ended.annotate(Sum("jobs"))) | dict(still_open.annotate(Count("pk")))
    return {state: found.get(state, 0) for state in Job.State.values}
