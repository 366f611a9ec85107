"""Reads of tracks and their timelines, always from the organisation."""

import json
from typing import Any

from django.db.models import QuerySet

from apps.avsync.models import Track
from foundation.errors import Conflict, Fact, NotFound, Retry, TifoError
from foundation.files import read_all
from foundation.http.problems import told_again
from jobs.models import Job
from jobs.queries import OPEN
from recordings.queries import owned
from tenants.models import Organisation


class TimelineNotReady(Conflict):
    code = "timeline-not-ready"
    title = "The track is still being analysed"
    meaning = "The analysis of the track is still in progress."
    remedy = "Wait for the job (`GET /v1/jobs/{id}`), or ask again after `Retry-After`."
    retry = Retry.AFTER_WAIT
    members = {
        "job": Fact("job_06a7x", "the analysis"),
        "progress": Fact(0.4, "how far it is, 0 to 1"),
    }


class AnalysisFailed(TifoError):
    status = 422
    code = "analysis-failed"
    title = "The track could not be analysed"
    meaning = "The job that analyses the track failed or was cancelled, so there is no timeline."
    remedy = (
        "Look at `problem`, the job's own error, and do what its code asks for; then upload the "
        "track again."
    )
    retry = Retry.NO
    members = {
        "job": Fact("job_06a7x", "the analysis"),
        "state": Fact("failed", "how the job ended"),
        "problem": Fact(
            {"code": "worker-lost", "status": 500}, "why, as a problem document of its own"
        ),
    }

    @classmethod
    def of(cls, job: Job) -> "AnalysisFailed":
        """`reason` is the job's own (its code where that has none), or `cancelled`."""
        error = job.error or {"code": "cancelled", "detail": "The analysis was cancelled."}
        reason = error.get("reason") or error["code"]
        problem = job.error and told_again(job.error)
        return cls(error["detail"], job=job.pk, state=job.state, reason=reason, problem=problem)


def tracks(organisation: Organisation, *, livemode: bool) -> QuerySet[Track]:
    rows = Track.objects.select_related("analysis")
    return owned(rows, organisation, livemode=livemode)


def track(organisation: Organisation, track_id: str, *, livemode: bool) -> Track:
    """The organisation's track, or NotFound: a foreign id and an absent id look the same."""
    found = tracks(organisation, livemode=livemode).filter(pk=track_id).first()
    if found is None:
        raise NotFound(f"No track {track_id}.")
    return found


def timeline(track: Track) -> dict[str, Any]:
    """The track's timeline; raises TimelineNotReady while the job runs, AnalysisFailed after."""
    job = track.analysis
    if job.state in OPEN:
        raise TimelineNotReady(headers={"Retry-After": "1"}, job=job.pk, progress=job.progress)
    if job.state != Job.State.SUCCEEDED:
        raise AnalysisFailed.of(job)
    found: dict[str, Any] = json.loads(read_all(job.files.get()))
    return found
