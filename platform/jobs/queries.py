"""Reads of the ledger, from the organisation wherever one asks."""

from datetime import datetime

from django.db.models import Count, QuerySet

from foundation.errors import NotFound
from jobs.models import Job
from tenants.models import Organisation


def jobs(organisation: Organisation, *, livemode: bool) -> QuerySet[Job]:
    return organisation.jobs.filter(livemode=livemode).prefetch_related("files")


def job(organisation: Organisation, job_id: str, *, livemode: bool) -> Job:
    """The organisation's job, or NotFound: a foreign id and an absent id look the same."""
    found = jobs(organisation, livemode=livemode).filter(pk=job_id).first()
    if found is None:
        raise NotFound(f"No job {job_id}.")
    return found


def refunds_due() -> QuerySet[Job]:
    """The jobs of all organisations whose charges wait to be given back, the oldest first."""
    return Job.objects.filter(refund_due=True).order_by("finished_at")


def counts(
    organisation: Organisation, *, livemode: bool, start: datetime, end: datetime
) -> dict[str, int]:
    """How many of the jobs that were asked for in [start, end) are in each state."""
    rows = organisation.jobs.filter(
        livemode=livemode, created_at__gte=start, created_at__lt=end
    ).values_list("state")
    found = dict(rows.annotate(Count("pk")))
    return {state: found.get(state, 0) for state in Job.State.values}
