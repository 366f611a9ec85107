"""The effect job: decode the clip, separate or render, save the sound."""

import io
from collections.abc import Iterator
from pathlib import Path

from apps.live_room import rules
from apps.live_room.services import RENDER, correct_duration
from audio import effects, stems
from audio.files import (
    Audio,
    AudioTooLong,
    Samples,
    UnreadableAudio,
    decode,
    encode_flac,
    encode_wav,
)
from foundation import files
from foundation.errors import NotFound
from foundation.models import StoredFile
from gateway.uploads import CONTENT_TYPES, MAX_SECONDS, BadAudio
from jobs.registry import Result, Task, handles

_CHUNK = 1 << 20


@handles(RENDER)
def render(task: Task) -> Result:
    """The stem or the effect as one WAV or FLAC file; raises BadAudio for what is not sound."""
    file = StoredFile.objects.filter(pk=task.payload["file"]).first()
    if file is None:
        raise NotFound("The clip was deleted.")
    audio = _decode(file)
    rendered = Audio(_render(task, audio), audio.sample_rate)
    container = task.payload["container"]
    name = f"{Path(file.name).stem}-{task.payload['name']}.{container}"
    saved = task.save(name, CONTENT_TYPES[container.upper()], _encoded(rendered, container))
    return Result({"duration_s": rendered.duration, "sample_rate": rendered.sample_rate}, (saved,))


def _decode(file: StoredFile) -> Audio:
    try:
        audio = decode(files.open_path(file), max_seconds=MAX_SECONDS)
    except (UnreadableAudio, AudioTooLong) as error:
        raise BadAudio.because(error) from error
    correct_duration(file, audio.duration)
    return audio


def _render(task: Task, audio: Audio) -> Samples:
    name, samples, rate = task.payload["name"], audio.samples, audio.sample_rate
    if task.payload["kind"] == rules.STEM:
        return stems.separate(samples, rate, name, progress=task.progress)
    parameters = task.payload["parameters"]
    return effects.apply(name, samples, rate, parameters, progress=task.progress)


def _encoded(audio: Audio, container: str) -> Iterator[bytes]:
    buffer = io.BytesIO()
    (encode_flac if container == "flac" else encode_wav)(audio, buffer)
    buffer.seek(0)
    while chunk := buffer.read(_CHUNK):
        yield chunk
