"""Writes: a track with its analysis, and its removal."""

import contextlib
from datetime import datetime

from django.db import transaction

from apps.avsync.models import Track
from audio.files import Header
from foundation import files
from foundation.ids import new_id
from foundation.models import StoredFile
from jobs.models import Job
from jobs.services import JobFinished, cancel, enqueue
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
    """Record the track, make the file its own and enqueue its analysis, in one transaction."""
    files.keep([file])
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


def correct_duration(file: StoredFile, seconds: float) -> None:
    """Note what the decoder found: damage may have cost what the upload's walk still counted."""
    Track.objects.filter(file=file).exclude(duration_s=seconds).update(duration_s=seconds)


@transaction.atomic
def delete_track(track: Track, *, now: datetime) -> None:
    """Remove the track, its sound and its timeline.

    An analysis that is still running is asked to stop, and what it makes until then is not kept.
    """
    with contextlib.suppress(JobFinished):
        cancel(
            organisation=track.organisation,
            job_id=track.analysis_id,
            livemode=track.livemode,
            now=now,
        )
    files.end([track.file, *track.analysis.files.all()], now=now)
    track.delete()
