"""Writes: a track with its analysis, and its removal."""

import contextlib
from datetime import datetime

from django.db import transaction

from apps.avsync.models import Track
from foundation import files
from foundation.ids import new_id
from jobs.models import Job
from jobs.services import JobFinished, cancel, enqueue
from recordings import services as recordings
from recordings.models import Recording
from tenants.scopes import family

ANALYSE = "avsync.analyse"


@transaction.atomic
def create_track(*, recording: Recording, now: datetime, key_id: str = "") -> Track:
    """Make the recording a track's own and enqueue its analysis, in one transaction."""
    recordings.keep(recording)
    job = enqueue(
        organisation=recording.organisation,
        livemode=recording.livemode,
        kind=ANALYSE,
        payload={"file": recording.file_id},
        accelerator=Job.Accelerator.CPU,
        key_id=key_id,
        family=family("tracks:write"),
        now=now,
    )
    return Track.objects.create(id=new_id("trk", now), recording=recording, analysis=job)


@transaction.atomic
def delete_track(track: Track, *, now: datetime) -> None:
    """Remove the track, its sound and its timeline.

    An analysis that is still running is asked to stop, and what it makes until then is not kept.
    """
    with contextlib.suppress(JobFinished):
        cancel(
            organisation=track.recording.organisation,
            job_id=track.analysis_id,
            livemode=track.recording.livemode,
            now=now,
        )
    files.end(track.analysis.files.all(), now=now)
    track.delete()
    recordings.delete(track.recording, now=now)
