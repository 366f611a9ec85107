"""Jobs that run registered models: what a caller says of one, and the input that is meant."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from apps.avsync import queries as avsync
from apps.live_room import queries as live_room
from apps.model_registry import queries as registry
from apps.model_registry.services import Sound, Terms, request_inference
from foundation.errors import NotFound
from foundation.models import StoredFile
from foundation.validation.strict import Body, Flag, Text, Whole
from gateway.callers.caller import Caller
from jobs.models import Job
from recordings.limits import limits_of
from recordings.models import Recording

PRIORITIES: Final = [name.lower() for name in Job.Priority.names]
LONGEST_DEADLINE_S: Final = 86_400
MOST_MEMBERS, LONGEST_VALUE = 16, 500


@extend_schema_field({"type": "object", "additionalProperties": {}})
class Tensors(serializers.JSONField):
    """An object: the name of an input, and nested lists of numbers or flags."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, Mapping):
            raise ValidationError([ErrorDetail("Must be an object.", "invalid")])
        return data


class Metadata(serializers.DictField):
    """At most 16 texts of 500 characters."""

    child = Text(max_length=LONGEST_VALUE, allow_blank=True, trim_whitespace=False)

    def to_internal_value(self, data: Any) -> Any:
        found = super().to_internal_value(data)
        if len(found) > MOST_MEMBERS:
            raise ValidationError([ErrorDetail(f"At most {MOST_MEMBERS} members.", "out-of-range")])
        return found


class ModelInputSerializer(Body):
    exactly_one = "Give either a file of sound or tensors."

    file = Text(
        max_length=40,
        required=False,
        help_text="Sound: a clip, a track, or a file that a job of yours has made",
    )
    tensors = Tensors(required=False, help_text="Each input by its name, as nested lists")


class RunModelSerializer(Body):
    example = {
        "model": "mdl_06a7x2mQ9sKd4TzB1vLfYe",
        "input": {"file": "clp_06a7x2mQ9sKd4TzB1vLfYe"},
    }

    model = Text(max_length=40)
    input = ModelInputSerializer()
    accelerator = serializers.ChoiceField(choices=Job.Accelerator.choices, default="cpu")
    accelerator_required = Flag(
        default=False, help_text="Wait for the accelerator, rather than fall back to the processor"
    )
    priority = serializers.ChoiceField(
        choices=PRIORITIES,
        default="normal",
        help_text="Among your own jobs; it moves nobody else's",
    )
    deadline_s = Whole(
        min_value=1,
        max_value=LONGEST_DEADLINE_S,
        required=False,
        help_text="Seconds from now; what has no result by then ends as expired, and is free",
    )
    metadata = Metadata(required=False, help_text="Texts of yours")


def request_job(asked: Mapping[str, Any], caller: Caller, *, now: datetime) -> Job:
    """Enqueue what a `RunModelSerializer` has read; raises NotFound and as the service does."""
    model = registry.registered(caller.organisation, asked["model"], livemode=caller.livemode)
    given = asked["input"]
    sound_or_tensors = (
        given["tensors"] if "tensors" in given else sound_named(given["file"], caller)
    )
    return request_inference(
        model,
        sound_or_tensors,
        _terms(asked, now),
        tier=caller.tier,
        key_id=caller.credential_id,
        now=now,
    )


def _terms(asked: Mapping[str, Any], now: datetime) -> Terms:
    seconds = asked.get("deadline_s")
    return Terms(
        accelerator=asked["accelerator"],
        required=asked["accelerator_required"],
        priority=Job.Priority[asked["priority"].upper()],
        deadline_at=None if seconds is None else now + timedelta(seconds=seconds),
        metadata=asked.get("metadata", {}),
    )


def sound_named(called: str, caller: Caller) -> Sound:
    """The caller's own clip, track or job's file of that id; NotFound for anything else."""
    mine, livemode = caller.organisation, caller.livemode
    if called.startswith("clp_"):
        return _of(live_room.clip(mine, called, livemode=livemode).recording)
    if called.startswith("trk_"):
        return _of(avsync.track(mine, called, livemode=livemode).recording)
    made = StoredFile.objects.filter(organisation_id=mine.pk, jobs__livemode=livemode)
    file = made.filter(pk=called).first()
    if file is None:
        raise NotFound(f"No clip, track or file {called}.")
    return Sound(file, limits_of(caller.tier).seconds)


def _of(recording: Recording) -> Sound:
    return Sound(recording.file, recording.seconds_max, recording.duration_s)
