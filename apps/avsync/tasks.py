"""The analysis job: decode, analyse, keep the timeline for as long as the track."""

import json

from apps.avsync.services import ANALYSE
from audio.timeline import analyse
from jobs.registry import NUMPY, Result, Task, handles
from recordings.queries import of_job
from recordings.services import sound_of


@handles(ANALYSE)
def analyse_track(task: Task) -> Result:
    """Timeline of the uploaded file as one JSON file; raises BadAudio for what is not sound."""
    audio = sound_of(of_job(task.payload["file"], called="track"))
    timeline = analyse(
        audio.samples, audio.sample_rate, speakers=audio.speakers, progress=task.progress
    ).to_json()
    written = json.dumps(timeline, allow_nan=False, separators=(",", ":")).encode()
    saved = task.save("timeline.json", "application/json", [written])
    data = {"beats": len(timeline["beats"]), "tempo": timeline["tempo"]}
    return Result(data, (saved,), keep=True, provider=NUMPY)
