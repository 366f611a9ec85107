"""How long jobs really take, against what was expected of them: what estimates are made of.

Turns are not: their cost must not change with what others have measured meanwhile.
"""

from datetime import timedelta
from typing import Final

from django.db import connection

from jobs.models import Job, Pace

_LATEST: Final = 0.2
# One that another is writing is passed over: no settlement waits for it, and it is an estimate.
_NOTE: Final = """
    WITH held AS (
        SELECT queue, kind FROM jobs_pace WHERE queue = %(queue)s AND kind = %(kind)s
        FOR UPDATE SKIP LOCKED)
    UPDATE jobs_pace AS kept
    SET ratio = kept.ratio + %(latest)s * (%(ratio)s - kept.ratio)
    FROM held WHERE kept.queue = held.queue AND kept.kind = held.kind
"""


def note(job: Job, ran: timedelta) -> None:
    """It took so long; the mean moves by a fifth of the difference."""
    ratio = max(ran.total_seconds(), 0.0) / job.expected_seconds
    with connection.cursor() as cursor:
        cursor.execute(
            _NOTE, {"queue": job.queue, "kind": job.kind, "ratio": ratio, "latest": _LATEST}
        )
        moved = cursor.rowcount
    if not moved:
        first = Pace(queue=job.queue, kind=job.kind, ratio=ratio)
        Pace.objects.bulk_create([first], ignore_conflicts=True)
