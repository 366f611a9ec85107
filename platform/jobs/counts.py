"""How many jobs have ended how, by the day on which they were asked for: moved as each settles.

To count them at each look would take longer the more there are.
"""

from datetime import UTC

from django.db import connection
from django.db.models import F

from jobs.models import Job, JobCount


def settled(job: Job) -> None:
    """Count the job under the state it has just come to, in the transaction that settles it."""
    day = job.created_at.astimezone(UTC).date()
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [job.organisation_id, job.livemode, day, job.state])


def unsettled(job: Job) -> None:
    """Take back what `settled` has counted of the state that it is about to leave."""
    day = job.created_at.astimezone(UTC).date()
    counted = JobCount.objects.filter(
        organisation_id=job.organisation_id, livemode=job.livemode, day=day, state=job.state
    )
    counted.update(jobs=F("jobs") - 1)


_COUNT = """
    INSERT INTO jobs_jobcount AS kept (organisation_id, livemode, day, state, jobs)
    VALUES (%s, %s, %s, %s, 1)
    ON CONFLICT (organisation_id, livemode, day, state) DO UPDATE SET jobs = kept.jobs + 1
"""
