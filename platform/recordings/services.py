"""Writes: a recording stored, kept by what is made of it, read by its jobs, and removed."""

from datetime import datetime

from audio.files import Audio
from foundation import files
from foundation.ids import new_id
from recordings.formats import CONTENT_TYPES
from recordings.models import Recording
from recordings.reading import Upload, decoded
from tenants.models import Organisation


def store(
    upload: Upload, *, organisation: Organisation, livemode: bool, now: datetime
) -> Recording:
    """Store the uploaded sound; raises TooLarge.

    It ends by itself unless `keep` is called: a crash in between leaves nothing behind.
    """
    header = upload.header
    file = files.store(
        organisation_id=organisation.pk,
        name=str(upload.file.name),
        content_type=CONTENT_TYPES[header.format],
        chunks=upload.file.chunks(),
        now=now,
        max_bytes=upload.limits.bytes,
        expires_at=now + files.UNOWNED_LIFETIME,
    )
    return Recording.objects.create(
        id=new_id("rec", now),
        organisation=organisation,
        livemode=livemode,
        name=upload.name,
        file=file,
        duration_s=header.duration,
        sample_rate=header.sample_rate,
        channels=header.channels,
        seconds_max=upload.limits.seconds,
        created_at=now,
    )


def keep(recording: Recording) -> None:
    """Let the recording live as long as what is made of it: call it in its transaction."""
    files.keep([recording.file])


def delete(recording: Recording, *, now: datetime) -> None:
    """Remove the recording, what is made of it and, at the transaction's commit, its bytes."""
    files.end([recording.file], now=now)
    recording.delete()


def sound_of(recording: Recording) -> Audio:
    """All the samples of the recording; raises BadAudio.

    Its duration is set to what the decoder found: damage may have cost what the upload's walk still
    counted.
    """
    with files.as_path(recording.file) as path:
        sound = decoded(path, seconds=recording.seconds_max)
    other = Recording.objects.filter(pk=recording.pk).exclude(duration_s=sound.duration)
    other.update(duration_s=sound.duration)
    return sound
