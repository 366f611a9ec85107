"""Writes: a track with its analysis, and its removal."""

from datetime import datetime

from django.db import transaction

from apps.avsync.models import Track
from audio.files import Header
from foundation import files
from foundation.ids import new_id
from foundation.models import StoredFile
from jobs.models import Job
from jobs.services import cancel, enqueue
from tenants.models import Organisation

ANALYSE = "avsync.analyse"


@transaction.atomic
def create_track(
    *,
    organisation: Organisation,
    livemode: bool,
    name: str,
    file: StoredFile,
    header: Header,
    now: datetime,
) -> Track:
    """Record the track and enqueue its analysis in the same transaction."""
    job = enqueue(
        organisation=organisation,
        livemode=livemode,
        kind=ANALYSE,
        payload={"file": file.pk},
        accelerator=Job.Accelerator.CPU,
        now=now,
    )
    return Track.objects.create(
        id=new_id("trk", now),
        organisation=organisation,
        livemode=livemode,
        name=name,
        file=file,
        analysis=job,
        duration_s=header.duration,
        sample_rate=header.sample_rate,
        channels=header.channels,
        created_at=now,
    )


def delete_track(track: Track, *, now: datetime) -> None:
    """Remove the track, its sound and its timeline; a running analysis is asked to stop."""
    with transaction.atomic():
        if track.analysis.state in {Job.State.QUEUED, Job.State.RUNNING}:
            cancel(
                organisation=track.organisation,
                job_id=track.analysis_id,
                livemode=track.livemode,
                now=now,
            )
        kept = [track.file, *track.analysis.files.all()]
        track.delete()
    for file in kept:
        files.delete(file)
