"""Sound that a developer uploads: looked at before it is stored, stored before the answer."""

from datetime import datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from drf_spectacular.utils import OpenApiRequest
from rest_framework import serializers
from rest_framework.request import Request

from audio.files import AudioTooLong, DecodersBusy, Header, UnreadableAudio, probe
from foundation import files
from foundation.errors import Fact, FieldError, Retry, TifoError
from foundation.models import StoredFile
from foundation.validation.strict import Body, Text
from gateway.callers.caller import Caller

MAX_SECONDS = 30 * 60
UNOWNED_LIFETIME = timedelta(hours=1)
CONTENT_TYPES = {
    "AAC": "audio/aac",
    "AIFF": "audio/aiff",
    "AU": "audio/basic",
    "CAF": "audio/x-caf",
    "FLAC": "audio/flac",
    "MP3": "audio/mpeg",
    "MP4": "audio/mp4",
    "OGG": "audio/ogg",
    "WAV": "audio/wav",
    "WEBM": "audio/webm",
}


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


class AudioUploadSerializer(Body):
    example = {"name": "Anthem of the derby"}

    file = serializers.FileField(
        help_text="WAV, AIFF, CAF, AU, FLAC, OGG, MP3 or WebM, and where the server has the extra "
        "tifo[aac] M4A, MP4 or AAC; at most 30 minutes and 128 MiB. The contents decide, never "
        "the name."
    )
    name = Text(max_length=120, required=False, help_text="Defaults to the file's own name")


FORM = {
    "multipart/form-data": OpenApiRequest(
        AudioUploadSerializer, encoding={"file": {"contentType": ", ".join(CONTENT_TYPES.values())}}
    )
}


def look(request: Request) -> Header:
    """The header of the uploaded `file`, before anything is stored.

    Raises Invalid, BadAudio or NoDecoderFree.
    """
    serializer = AudioUploadSerializer(data=request.data)
    serializer.is_valid(raise_exception=True)
    upload: UploadedFile[Any] = serializer.validated_data["file"]
    try:
        return probe(upload.file, max_seconds=MAX_SECONDS)  # type: ignore[arg-type]
    except (UnreadableAudio, AudioTooLong) as error:
        raise BadAudio.because(error) from error
    except DecodersBusy as error:
        raise NoDecoderFree from error


def keep(request: Request, header: Header, caller: Caller, *, now: datetime) -> StoredFile:
    """Store the uploaded `file` under the caller's organisation.

    It ends by itself unless its owner calls `files.keep`: a crash in between leaves nothing behind.
    """
    upload = _upload(request)
    return files.store(
        organisation_id=caller.organisation.pk,
        name=str(upload.name),
        content_type=CONTENT_TYPES[header.format],
        chunks=upload.chunks(),
        now=now,
        expires_at=now + UNOWNED_LIFETIME,
    )


def name_of(request: Request) -> str:
    """The name given to the sound, or its file's own."""
    given = request.data.get("name") if isinstance(request.data, dict) else None
    return str(given or _upload(request).name)[:120]


def _upload(request: Request) -> "UploadedFile[Any]":
    upload = request.FILES["file"]
    assert isinstance(upload, UploadedFile)
    return upload
