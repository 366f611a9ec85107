"""The analysis job: decode, analyse, keep the timeline for as long as the track."""

import json

from apps.avsync.services import ANALYSE, correct_duration
from audio.files import AudioTooLong, UnreadableAudio, decode
from audio.timeline import analyse
from foundation import files
from foundation.errors import NotFound
from foundation.models import StoredFile
from gateway.uploads import MAX_SECONDS, BadAudio
from jobs.registry import Result, Task, handles


@handles(ANALYSE)
def analyse_track(task: Task) -> Result:
    """Timeline of the uploaded file as one JSON file; raises BadAudio for what is not sound."""
    file = StoredFile.objects.filter(pk=task.payload["file"]).first()
    if file is None:
        raise NotFound("The track was deleted.")
    try:
        audio = decode(files.open_path(file), max_seconds=MAX_SECONDS)
    except (UnreadableAudio, AudioTooLong) as error:
        raise BadAudio.because(error) from error
    correct_duration(file, audio.duration)
    timeline = analyse(
        audio.samples, audio.sample_rate, speakers=audio.speakers, progress=task.progress
    ).to_json()
    written = json.dumps(timeline, allow_nan=False, separators=(",", ":")).encode()
    saved = task.save("timeline.json", "application/json", [written])
    data = {"beats": len(timeline["beats"]), "tempo": timeline["tempo"]}
    return Result(data, (saved,), keep=True)
