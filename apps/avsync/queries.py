"""Reads of tracks and their timelines, always from the organisation."""

import json
from typing import Any

from django.db.models import QuerySet

from apps.avsync.models import Track
from foundation.errors import Conflict, NotFound, TifoError
from foundation.files import open_path
from jobs.models import Job
from tenants.models import Organisation


class TimelineNotReady(Conflict):
    code = "timeline-not-ready"
    title = "The track is still being analysed"


class AnalysisFailed(TifoError):
    status = 422
    code = "analysis-failed"
    title = "The track could not be analysed"


def tracks(organisation: Organisation, *, livemode: bool) -> QuerySet[Track]:
    return Track.objects.filter(organisation=organisation, livemode=livemode).select_related(
        "analysis", "file"
    )


def track(organisation: Organisation, track_id: str, *, livemode: bool) -> Track:
    """The organisation's track, or NotFound: a foreign id and an absent id look the same."""
    found = tracks(organisation, livemode=livemode).filter(pk=track_id).first()
    if found is None:
        raise NotFound(f"No track {track_id}.")
    return found


def timeline(track: Track) -> dict[str, Any]:
    """The track's timeline; raises TimelineNotReady while the job runs, AnalysisFailed after."""
    job = track.analysis
    if job.state in {Job.State.QUEUED, Job.State.RUNNING}:
        raise TimelineNotReady(headers={"Retry-After": "1"}, job=job.pk, progress=job.progress)
    if job.state != Job.State.SUCCEEDED:
        raise AnalysisFailed(job=job.pk, state=job.state, problem=job.error)
    found: dict[str, Any] = json.loads(open_path(job.files.get()).read_bytes())
    return found
