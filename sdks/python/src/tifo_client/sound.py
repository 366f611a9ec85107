"""Sound files as a live stream takes them: PCM16, mono, 16 kHz, read a second at a time.

WAV of just that form needs nothing but Python. Everything else (FLAC, OGG, MP3, AIFF, other rates,
more channels) needs the extra `tifo-client[audio]`: libsndfile reads, soxr resamples.
"""

import os
import wave
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

SAMPLE_RATE = 16_000
FULL_SCALE = 32768
EXTRA = 'pip install "tifo-client[audio]"'
# Channels whose mean has less than a tenth of their power (-10 dB) cancel each other out.
CANCELLED = 0.1
# libsndfile guesses the length of an MP3 without a Xing header, and reads the first of the streams
# that an Ogg file chains. Of other files little but tags may be left when all was heard.
GUESSED, MOST_LEFT = {"MP3", "OGG"}, 0.1
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
    """A file that is damaged, empty, or of a kind that libsndfile does not read."""


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
    if ready is None:
        opened.seek(start)
    for piece in _decoded(opened) if ready is None else ready:
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


def _decoded(opened: BinaryIO) -> Iterator[bytes]:
    numpy, soundfile, soxr = _extra()
    try:
        with soundfile.SoundFile(opened) as file:
            rate = file.samplerate
            resample = soxr.ResampleStream(rate, SAMPLE_RATE, 1, dtype="float32")
            while len(block := file.read(rate, dtype="float32", always_2d=True)):
                yield _packed(numpy, resample.resample_chunk(_mono(numpy, block)))
            rest = resample.resample_chunk(numpy.zeros(0, "float32"), last=True)
            yield _packed(numpy, rest)
            if file.format in GUESSED and _left(opened) > MOST_LEFT:
                raise UnreadableSound(
                    f"Only the first {file.tell() / rate:.1f} s of this file could be read; "
                    "what follows needs another container, such as FLAC."
                )
    except soundfile.LibsndfileError as error:
        raise UnreadableSound(f"This file cannot be read: {error.error_string}") from error


def _left(opened: BinaryIO) -> float:
    """The share of the file behind the place to which it was read."""
    here = opened.tell()
    size = opened.seek(0, os.SEEK_END)
    return (size - here) / size


def _mono(numpy: Any, block: Any) -> Any:
    """The mean of the channels; where they cancel (one of them inverted), the loudest of them."""
    block = numpy.nan_to_num(block, nan=0.0, posinf=1.0, neginf=-1.0)
    mean, powers = block.mean(axis=1), (block**2).mean(axis=0)
    if (mean**2).mean() >= CANCELLED * powers.mean():
        return mean
    return numpy.ascontiguousarray(block[:, powers.argmax()])


def _packed(numpy: Any, mono: Any) -> bytes:
    scaled = numpy.rint(mono * FULL_SCALE).clip(-FULL_SCALE, FULL_SCALE - 1)
    packed: bytes = scaled.astype("<i2").tobytes()
    return packed


def _extra() -> tuple[Any, Any, Any]:
    try:
        return import_module("numpy"), import_module("soundfile"), import_module("soxr")
    except (ImportError, OSError) as error:  # OSError: soundfile without its libsndfile
        raise AudioExtraMissing from error
