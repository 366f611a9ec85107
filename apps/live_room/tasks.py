"""The effect job: decode the clip, separate or render, save the sound."""

import io
from collections.abc import Iterator
from pathlib import Path

from apps.live_room import rules
from apps.live_room.graphs import NUMPY, Ran, stem_of
from apps.live_room.services import RENDER
from audio import effects
from audio.files import Audio, Samples, encode_flac, encode_wav
from jobs.registry import Result, Task, handles
from recordings.formats import CONTENT_TYPES
from recordings.queries import of_job
from recordings.services import sound_of

_CHUNK = 1 << 20


@handles(RENDER)
def render(task: Task) -> Result:
    """The stem or the effect as one WAV or FLAC file; raises BadAudio for what is not sound."""
    recording = of_job(task.payload["file"], called="clip")
    audio = sound_of(recording)
    samples, ran = _render(task, audio)
    rendered = Audio(samples, audio.sample_rate)
    container = task.payload["container"]
    name = f"{Path(recording.file.name).stem}-{task.payload['name']}.{container}"
    saved = task.save(name, CONTENT_TYPES[container.upper()], _encoded(rendered, container))
    told = {"duration_s": rendered.duration, "sample_rate": rendered.sample_rate}
    return Result(told | {"computed_on": ran._asdict()}, (saved,), provider=ran.provider)


def _render(task: Task, audio: Audio) -> tuple[Samples, Ran]:
    name, samples, rate = task.payload["name"], audio.samples, audio.sample_rate
    if task.payload["kind"] == rules.STEM:
        return stem_of(samples, rate, name, accelerator=task.accelerator, progress=task.progress)
    parameters = task.payload["parameters"]
    return effects.apply(name, samples, rate, parameters, progress=task.progress), NUMPY


def _encoded(audio: Audio, container: str) -> Iterator[bytes]:
    buffer = io.BytesIO()
    (encode_flac if container == "flac" else encode_wav)(audio, buffer)
    buffer.seek(0)
    while chunk := buffer.read(_CHUNK):
        yield chunk
