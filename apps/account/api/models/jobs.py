"""Jobs that run registered models: what a caller says of one, and the input that is meant."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from apps.avsync import queries as avsync
from apps.live_room import queries as live_room
from apps.model_registry import queries as registry
from apps.model_registry.services import Sound, request_inference
from foundation.errors import pointed_at
from foundation.files import uploads
from foundation.models import StoredFile
from foundation.validation.strict import Body, Text
from gateway.callers.caller import Caller
from jobs.api import JobTermsSerializer, terms
from jobs.models import Job
from recordings.limits import limits_of
from recordings.models import Recording


@extend_schema_field({"type": "object", "additionalProperties": {}})
class Tensors(serializers.JSONField):
    """An object: the name of an input, and nested lists of numbers or flags."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, Mapping):
            raise ValidationError([ErrorDetail("Must be an object.", "invalid")])
        return data


class ModelInputSerializer(Body):
    exactly_one = "Give either a file of sound or tensors."

    file = Text(
        max_length=40,
        required=False,
        help_text="Sound: a clip, a track, an upload, or a file that a job of yours has made",
    )
    tensors = Tensors(required=False, help_text="Each input by its name, as nested lists")


class RunModelSerializer(JobTermsSerializer):
    example = {
        "model": "mdl_06a7x2mQ9sKd4TzB1vLfYe",
        "input": {"file": "clp_06a7x2mQ9sKd4TzB1vLfYe"},
    }

    model = Text(max_length=40)
    input = ModelInputSerializer()
    accelerator = serializers.ChoiceField(choices=Job.Accelerator.choices, default="cpu")


def request_job(asked: Mapping[str, Any], caller: Caller, *, now: datetime) -> Job:
    """Enqueue what a `RunModelSerializer` has read; raises NotFound and as the service does."""
    with pointed_at("/model"):
        model = registry.registered(caller.organisation, asked["model"], livemode=caller.livemode)
    given = asked["input"]
    with pointed_at("/input/file"):
        sound_or_tensors = (
            given["tensors"] if "tensors" in given else sound_named(given["file"], caller, now=now)
        )
    return request_inference(
        model,
        sound_or_tensors,
        accelerator=asked["accelerator"],
        terms=terms(asked, now=now),
        tier=caller.tier,
        key_id=caller.credential_id,
        now=now,
    )


def sound_named(called: str, caller: Caller, *, now: datetime) -> Sound:
    """The caller's own of that id: a clip, a track, an upload's file or one that a job has made.

    NotFound for anything else.
    """
    mine, livemode = caller.organisation, caller.livemode
    if called.startswith("clp_"):
        return _of(live_room.clip(mine, called, livemode=livemode).recording)
    if called.startswith("trk_"):
        return _of(avsync.track(mine, called, livemode=livemode).recording)
    made = StoredFile.objects.filter(organisation_id=mine.pk, jobs__livemode=livemode)
    file = made.filter(pk=called).first()
    if file is None:
        file = uploads.finished_file(
            called, organisation_id=mine.pk, livemode=livemode, purpose="input", now=now
        )
    return Sound(file, limits_of(caller.tier).seconds)


def _of(recording: Recording) -> Sound:
    return Sound(recording.file, recording.seconds_max, recording.duration_s)
