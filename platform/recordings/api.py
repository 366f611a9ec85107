"""Sound over REST: the form in which it is uploaded, and what is told of it by every family."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiRequest
from rest_framework import serializers
from rest_framework.request import Request

from foundation.http.bodies import FORM_OVERHEAD_BYTES
from foundation.validation.strict import Body, Text
from recordings.formats import CONTENT_TYPES
from recordings.limits import limits_of
from recordings.models import Recording
from recordings.reading import Upload, measure, refuse_beyond
from tenants.models import TierVersion


class AudioUploadSerializer(Body):
    example = {"name": "Anthem of the derby"}

    file = serializers.FileField(
        help_text="WAV, AIFF, CAF, AU, FLAC, OGG, MP3 or WebM, and where the server has the extra "
        "tifo[aac] M4A, MP4 or AAC; at most 30 minutes and 128 MiB. The contents decide, never "
        "the name."
    )
    name = Text(max_length=120, required=False, help_text="Defaults to the file's own name")


def form_of(form: type[AudioUploadSerializer]) -> Mapping[str, OpenApiRequest]:
    """The form as the API's document has it."""
    encoding = {"file": {"contentType": ", ".join(CONTENT_TYPES.values())}}
    return {"multipart/form-data": OpenApiRequest(form, encoding=encoding)}


FORM = form_of(AudioUploadSerializer)


def look(request: Request, tier: TierVersion) -> Upload:
    """The uploaded `file`, looked at under the tier's limits before anything is stored or spent.

    Raises Invalid, TooLarge, BadAudio or NoDecoderFree.
    """
    upload, _ = look_at(AudioUploadSerializer, request, tier)
    return upload


def look_at(
    form: type[AudioUploadSerializer], request: Request, tier: TierVersion
) -> tuple[Upload, Mapping[str, Any]]:
    """As `look`, with what the form's other parts say."""
    limits = limits_of(tier)
    # By its length, before the form is read (unless an Idempotency-Key had it read already).
    declared = int(request.META.get("CONTENT_LENGTH") or 0)
    refuse_beyond(limits, declared, around=FORM_OVERHEAD_BYTES)
    serializer = form(data=request.data)
    serializer.is_valid(raise_exception=True)
    file = serializer.validated_data["file"]
    given = request.data.get("name") if isinstance(request.data, dict) else None
    upload = measure(file, name=str(given or file.name)[:120], limits=limits)
    return upload, serializer.validated_data


def described(recording: Recording) -> dict[str, Any]:
    """What a family tells of the recording under its own id."""
    return {
        "name": recording.name,
        "livemode": recording.livemode,
        "duration_s": recording.duration_s,
        "sample_rate": recording.sample_rate,
        "channels": recording.channels,
        "sha256": recording.file.sha256,
    }
