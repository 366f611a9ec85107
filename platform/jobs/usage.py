"""What a job that succeeded counts: its usage row, written in the transaction that settles it."""

from datetime import datetime

from django.db.models import Exists, OuterRef

from jobs.models import Job
from metering.models import UsageRow
from metering.services import record_usage

BATCH = 500


def record(job: Job, *, finished_at: datetime) -> None:
    """Count what the job meters; once, however often it is called."""
    if job.meter:
        record_usage(
            organisation_id=job.organisation_id,
            livemode=job.livemode,
            meter=job.meter,
            quantity=job.quantity,
            source=job.pk,
            now=finished_at,
        )


def reconcile(*, since: datetime) -> int:
    """Count jobs that succeeded since then and have no usage row; returns how many it looked at.

    A worker of a release that knows no usage rows, which goes on while the machines are upgraded or
    until they are set back, settles a job and writes none.
    """
    counted = UsageRow.objects.filter(organisation=OuterRef("organisation"), source=OuterRef("pk"))
    forgotten = (
        Job.objects.filter(state=Job.State.SUCCEEDED, finished_at__gte=since)
        .exclude(meter="")
        .exclude(Exists(counted))
    )
    found = list(forgotten[:BATCH])
    for job in found:
        assert job.finished_at is not None
        record(job, finished_at=job.finished_at)
    return len(found)
