"""Writes: a track with its analysis, and its removal."""

import contextlib
from datetime import datetime

from django.db import transaction

from apps.avsync.models import Track
from foundation import files
from foundation.ids import new_id
from jobs.api import PLAIN, Terms
from jobs.models import Job
from jobs.services import JobFinished, cancel, enqueue
from recordings import services as recordings
from recordings.models import Recording
from tenants.scopes import family

ANALYSE = "avsync.analyse"
# Measured on one core: 3.4 ms for a second of stereo at 44.1 kHz, and what a job takes anyhow.
SECONDS_PER_SECOND, SECONDS_ANYHOW = 0.004, 0.05


@transaction.atomic
def create_track(
    *, recording: Recording, now: datetime, key_id: str = "", terms: Terms = PLAIN
) -> Track:
    """Make the recording a track's own and enqueue its analysis, in one transaction."""
    recordings.keep(recording)
    job = enqueue(
        organisation=recording.organisation,
        livemode=recording.livemode,
        kind=ANALYSE,
        payload={"file": recording.file_id},
        accelerator=Job.Accelerator.CPU,
        expected_seconds=SECONDS_ANYHOW + SECONDS_PER_SECOND * recording.duration_s,
        key_id=key_id,
        family=family("tracks:write"),
        now=now,
        **terms,
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
