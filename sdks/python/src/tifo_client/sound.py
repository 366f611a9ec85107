"""Sound files as a live stream takes them: PCM16, mono, 16 kHz, read a second at a time.

WAV of just that form needs nothing but Python. Everything else (FLAC, Ogg, MP3, AIFF, CAF, other
rates, more channels) needs the extra `tifo-client[audio]`: libsndfile reads, soxr resamples. Such a
file is read through once before its first sample is given, at about a thousand times real time.
"""

import wave
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

from tifo_client import containers
from tifo_client.containers import Part

SAMPLE_RATE = 16_000
FULL_SCALE = 32768
EXTRA = 'pip install "tifo-client[audio]"'
# Channels whose mean has less than a tenth of their power (-10 dB) cancel each other out.
CANCELLED = 0.1
# Behind damage libsndfile gives these up without a word. When all was heard, little but tags may
# be left.
BROKEN_OFF, MOST_LEFT = {"MP3", "OGG"}, 0.1
PLAYED = "WAV, FLAC (of 8, 12, 16, 20, 24 or 32 bits), Ogg (Vorbis, Opus, FLAC), MP3, AIFF and CAF"
# By which a file is told from samples; a quiet start of a crowd is none of these.
FILES = (b"RIFF", b"RF64", b"fLaC", b"OggS", b"ID3", b"FORM", b"caff")

SoundFile = str | Path | BinaryIO


class AudioExtraMissing(ImportError):
    """A file that Python alone cannot read, and what is to be installed so that it can."""

    def __init__(self) -> None:
        super().__init__(
            f"Only WAV of 16 kHz, mono, 16 bit can be read without: {EXTRA}", name="soundfile"
        )


class UnreadableSound(ValueError):
    """A file that is empty, of a kind that libsndfile does not read, or damaged.

    Raised before the first sample is given.
    """


def pcm16(source: SoundFile) -> Iterator[bytes]:
    """The sound of a file, a path or an open one, in pieces of about a second.

    Raises AudioExtraMissing, UnreadableSound, and OSError where there is no such file.
    """
    if isinstance(source, str | Path):
        with Path(source).open("rb") as opened:
            yield from _read(opened)
    else:
        yield from _read(source)


def samples(sound: bytes) -> bytes:
    """`sound`, if it is samples; raises ValueError for the bytes of a whole file."""
    if sound.startswith(FILES):
        raise ValueError(
            "These are the bytes of a sound file, not PCM16: give its path or the open file."
        )
    return sound


def _read(opened: BinaryIO) -> Iterator[bytes]:
    start, heard = opened.tell(), False
    ready = _ready(opened)
    for piece in _decoded(opened, start) if ready is None else ready:
        heard = heard or bool(piece)
        yield piece
    if not heard:
        raise UnreadableSound("This file holds no sound.")


def _ready(opened: BinaryIO) -> Iterator[bytes] | None:
    """The samples of a WAV file that are as a stream takes them; None where they are not."""
    try:
        file = wave.open(opened)  # noqa: SIM115  (whoever opened the file closes it)
    except (wave.Error, EOFError):
        return None
    if (file.getnchannels(), file.getsampwidth(), file.getframerate()) != (1, 2, SAMPLE_RATE):
        return None
    if not file.getnframes():  # whoever wrote it did not know how long it would be
        return iter(lambda: opened.read(2 * SAMPLE_RATE), b"")
    return iter(lambda: file.readframes(SAMPLE_RATE), b"")


def _decoded(opened: BinaryIO, start: int) -> Iterator[bytes]:
    # First, for no extra helps with these.
    if foreign := containers.foreign(opened, start):
        raise UnreadableSound(_why(f"This is {foreign}."))
    numpy, soundfile, soxr = _extra()
    parts = containers.parts(opened, start)
    try:
        # All of it is read before any of it is heard: a match must not break off in its middle.
        chosen = [_channel(numpy, soundfile, part) for part in parts]
        for part, channel in zip(parts, chosen, strict=True):
            yield from _resampled(numpy, soundfile, soxr, part, channel)
    except soundfile.LibsndfileError as error:
        raise UnreadableSound(_why(f"This file cannot be read: {error.error_string}")) from error


def _why(said: str) -> str:
    return f"{said} {PLAYED} are played; convert it to one of them, or upload it as a clip."


def _channel(numpy: Any, soundfile: Any, part: Part) -> int | None:
    """The loudest channel, if the channels cancel (one of them inverted); None if they do not.

    Raises UnreadableSound for what cannot be read to its end.
    """
    powers, mixed = 0.0, 0.0
    with _opened(soundfile, part) as file:
        for block in _blocks(numpy, file, part):
            powers = powers + (block**2).sum(axis=0, dtype="float64")
            mixed += float((block.mean(axis=1) ** 2).sum(dtype="float64"))
        if file.format in BROKEN_OFF and part.left > MOST_LEFT:
            raise UnreadableSound(
                f"Only the first {file.tell() / file.samplerate:.1f} s of this file could be read; "
                "what follows needs another container, such as FLAC."
            )
    return None if mixed >= CANCELLED * numpy.mean(powers) else int(numpy.argmax(powers))


def _resampled(
    numpy: Any, soundfile: Any, soxr: Any, part: Part, channel: int | None
) -> Iterator[bytes]:
    with _opened(soundfile, part) as file:
        resample = soxr.ResampleStream(file.samplerate, SAMPLE_RATE, 1, dtype="float32")
        for block in _blocks(numpy, file, part):
            one = block.mean(axis=1) if channel is None else block[:, channel]
            yield _packed(numpy, resample.resample_chunk(numpy.ascontiguousarray(one)))
        rest = resample.resample_chunk(numpy.zeros(0, "float32"), last=True)
        yield _packed(numpy, rest)


def _opened(soundfile: Any, part: Part) -> Any:
    part.seek(0)
    file = soundfile.SoundFile(part)
    # Else each read ends with a seek, which a FLAC that does not say its length refuses.
    file.seekable = lambda: False
    return file


def _blocks(numpy: Any, file: Any, part: Part) -> Iterator[Any]:
    """A second of every channel at a time."""
    kind = "int32" if part.integers else "float32"
    while len(block := file.read(file.samplerate, dtype=kind, always_2d=True)):
        if part.integers:
            block = block.astype("float32") / numpy.float32(2**31)
        yield numpy.nan_to_num(block, nan=0.0, posinf=1.0, neginf=-1.0)


def _packed(numpy: Any, mono: Any) -> bytes:
    scaled = numpy.rint(mono * FULL_SCALE).clip(-FULL_SCALE, FULL_SCALE - 1)
    packed: bytes = scaled.astype("<i2").tobytes()
    return packed


def _extra() -> tuple[Any, Any, Any]:
    try:
        return import_module("numpy"), import_module("soundfile"), import_module("soxr")
    except (ImportError, OSError) as error:  # OSError: soundfile without its libsndfile
        raise AudioExtraMissing from error
