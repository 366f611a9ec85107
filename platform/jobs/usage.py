"""What a job that succeeded counts: its usage rows, written by the statement that settles it."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Exists, OuterRef

from jobs.models import Job
from metering.meters import JOB_SECONDS, MeterName
from metering.models import UsageRow
from metering.services import record_usage

BATCH = 500


def counted(job: Job, *, finished_at: datetime) -> list[tuple[str, int | Decimal]]:
    """What the job meters, and how long it ran, by our clock, or its share where several ran as
    one; each meter once, in one order everywhere, so that no two settlements deadlock."""
    units: dict[str, int | Decimal] = {job.meter: job.quantity} if job.meter else {}
    if job.started_at is not None:
        units[_seconds_meter(job)] = _seconds((finished_at - job.started_at) / job.sharers)
    return sorted(units.items())


def record(job: Job, *, finished_at: datetime) -> None:
    """Count it for a job that is settled already; once, however often it is called.

    It ended at `finished_at` by our clock, and counts when its organisation's own shows that.
    """
    moment = job.organisation.moment(finished_at)
    for meter, quantity in counted(job, finished_at=finished_at):
        record_usage(
            organisation_id=job.organisation_id,
            livemode=job.livemode,
            meter=meter,
            quantity=quantity,
            source=job.pk,
            now=moment,
            key_id=job.key_id,
            family=job.family,
        )


def _seconds_meter(job: Job) -> MeterName:
    return JOB_SECONDS[job.ran_on or job.accelerator]


def _seconds(ran: timedelta) -> Decimal:
    """To the millisecond, cut off; of the attempt that succeeded, for no other made anything."""
    return Decimal(max(ran // timedelta(milliseconds=1), 0)) / 1000


def reconcile(*, since: datetime) -> int:
    """Count jobs that succeeded since then and have no usage row; returns how many it looked at.

    A worker of a release that knows no usage rows, which goes on while the machines are upgraded or
    until they are set back, settles a job and writes none.
    """
    rows = UsageRow.objects.filter(
        organisation=OuterRef("organisation"), source=OuterRef("pk"), meter=OuterRef("meter")
    )
    forgotten = (
        Job.objects.filter(state=Job.State.SUCCEEDED, finished_at__gte=since)
        .exclude(meter="")
        .exclude(Exists(rows))
    )
    found = list(forgotten[:BATCH])
    for job in found:
        assert job.finished_at is not None
        record(job, finished_at=job.finished_at)
    return len(found)
