"""What a file of sound holds, and why one is not taken."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from django.core.files.uploadedfile import UploadedFile

from audio.files import (
    Audio,
    AudioTooLong,
    DecodersBusy,
    Header,
    Samples,
    UnreadableAudio,
    decode,
    decode_at,
    probe,
    refuse_samples,
)
from foundation.errors import Fact, FieldError, Retry, TifoError, pointed_at
from foundation.files import TooLarge
from recordings.limits import Limits


class BadAudio(TifoError):
    """`reason` says what is wrong with the sound: see docs/reference/sound-files.md."""

    status = 422
    code = "unreadable-audio"
    title = "The file is not sound that can be read"
    meaning = (
        "The file's bytes were looked at, whatever it is called, and are no sound of a format "
        "that is read here, or it is damaged or too long."
    )
    remedy = (
        "Look at `reason`, and send the sound in one of the [formats that are read]"
        "(/docs/reference/sound-files). What plays elsewhere can be converted to FLAC without loss."
    )
    retry = Retry.NO
    members = {
        "reason": Fact("damaged", "a stable word for what is wrong"),
    }

    @classmethod
    def because(cls, error: UnreadableAudio | AudioTooLong) -> "BadAudio":
        reason = error.code.replace("_", "-")
        return cls(str(error), errors=[FieldError("/file", reason, str(error))], reason=reason)


class NoDecoderFree(TifoError):
    status = 503
    code = "decoders-busy"
    title = "Other uploads of this kind are being looked at; nothing was spent"
    meaning = (
        "AAC and ALAC are measured in processes of their own, a few at a time, and all of them "
        "were taken for longer than a request waits. The file was not looked at or stored."
    )
    remedy = (
        "Wait as long as `Retry-After` says and upload the file again, or send it as another of "
        "the [formats that are read](/docs/reference/sound-files), which wait for nothing."
    )
    retry = Retry.AFTER_WAIT

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "5"})


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was looked at, and found to be sound within these limits."""

    file: "UploadedFile[Any]"
    name: str
    header: Header
    limits: Limits


def measure(file: "UploadedFile[Any]", *, name: str, limits: Limits) -> Upload:
    """Look at a file before it is stored; raises TooLarge, BadAudio or NoDecoderFree."""
    refuse_beyond(limits, file.size or 0)
    try:
        header = probe(file.file, max_seconds=limits.seconds)  # type: ignore[arg-type]
    except (UnreadableAudio, AudioTooLong) as error:
        raise BadAudio.because(error) from error
    except DecodersBusy as error:
        raise NoDecoderFree from error
    return Upload(file, name, header, limits)


def refuse_beyond(limits: Limits, size: int, *, around: int = 0) -> None:
    """Raises TooLarge for a file of `size` bytes, `around` of which are a form's own."""
    most = limits.bytes
    if size > most + around:
        with pointed_at("/file"):
            raise TooLarge(f"At most {most} bytes.", limit_bytes=most)


def decoded(source: Path | BinaryIO, *, seconds: float) -> Audio:
    """All the samples of a file; raises BadAudio."""
    try:
        return decode(source, max_seconds=seconds)
    except (UnreadableAudio, AudioTooLong) as error:
        raise BadAudio.because(error) from error


@dataclass(frozen=True, slots=True)
class Most:
    """What an operation takes that decodes a file while its caller waits."""

    seconds: int
    samples: int  # over all channels, at the file's own rate

    def refuse_beyond(self, header: Header) -> None:
        """Raises BadAudio, before anything but the header was looked at."""
        try:
            if header.duration > self.seconds:
                raise AudioTooLong(self.seconds)
            refuse_samples(header.samples, self.samples)
        except (UnreadableAudio, AudioTooLong) as error:
            raise BadAudio.because(error) from error


def decoded_at(sample_rate: int, source: BinaryIO, most: Most) -> tuple[Header, Samples]:
    """A file at `sample_rate` Hz, as `audio.files.decode_at`; raises BadAudio or NoDecoderFree."""
    try:
        return decode_at(sample_rate, source, max_seconds=most.seconds, max_samples=most.samples)
    except (UnreadableAudio, AudioTooLong) as error:
        raise BadAudio.because(error) from error
    except DecodersBusy as error:
        raise NoDecoderFree from error
