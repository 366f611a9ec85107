"""What callers say of their jobs, whatever work these are: taken by every operation alike."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, TypedDict

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from foundation.validation.strict import OUT_OF_RANGE, Body, Flag, Text, Whole
from foundation.validation.strict_json import read_json
from jobs.models import Job

PRIORITIES: Final = [name.lower() for name in Job.Priority.names]
LONGEST_DEADLINE_S: Final = 86_400
MOST_MEMBERS, LONGEST_VALUE = 16, 500
NAME: Final = r"[A-Za-z0-9_.-]{1,40}"
_name = re.compile(NAME)
_MISNAMED: Final = ErrorDetail("The name of a member is 1 to 40 of A-Z a-z 0-9 _ . -", "invalid")
_METADATA: Final = {
    "type": "object",
    "maxProperties": MOST_MEMBERS,
    "propertyNames": {"pattern": f"^{NAME}$"},
    "additionalProperties": {
        "type": "string",
        "maxLength": LONGEST_VALUE,
        "pattern": r"^[^\u0000]*$",
    },
    "description": "Texts of yours, which the job shows again; in a form one JSON object",
}
_PRIORITY: Final = "Among your own jobs; it moves nobody else's"
_DEADLINE: Final = "Seconds from now; what has no result by then ends as expired, and is free"
_REQUIRED: Final = "Wait for the accelerator, rather than fall back to the processor"


@extend_schema_field(_METADATA)
class Metadata(serializers.DictField):
    """At most 16 texts of 500 characters, under names of 1 to 40 of A-Z a-z 0-9 _ . -"""

    def __init__(self, **kwargs: Any) -> None:
        text = Text(max_length=LONGEST_VALUE, allow_blank=True, trim_whitespace=False)
        super().__init__(child=text, **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping) and len(data) > MOST_MEMBERS:
            raise ValidationError(f"At most {MOST_MEMBERS} members.", OUT_OF_RANGE)
        found = super().to_internal_value(data)
        wrong = [name for name in found if not _name.fullmatch(name)]
        if wrong:
            raise ValidationError({name: [_MISNAMED] for name in wrong})
        return found


class FormMetadata(Metadata):
    """The same as JSON in a part of a form."""

    def get_value(self, dictionary: Any) -> Any:
        return dictionary.get(self.field_name, serializers.empty)

    def to_internal_value(self, data: Any) -> Any:
        try:
            given = read_json(str(data).encode())
        except ValueError:
            given = data
        return super().to_internal_value(given)


# The members of a JSON body that asks for work. No docstring: the API's document would show it.
class JobTermsSerializer(Body):
    priority = serializers.ChoiceField(choices=PRIORITIES, default="normal", help_text=_PRIORITY)
    deadline_s = Whole(
        min_value=1, max_value=LONGEST_DEADLINE_S, required=False, help_text=_DEADLINE
    )
    metadata = Metadata(required=False)
    accelerator_required = Flag(default=False, help_text=_REQUIRED)


# The same as the parts of a form.
class JobTermsForm(Body):
    priority = serializers.ChoiceField(choices=PRIORITIES, default="normal", help_text=_PRIORITY)
    deadline_s = serializers.IntegerField(
        min_value=1, max_value=LONGEST_DEADLINE_S, required=False, help_text=_DEADLINE
    )
    metadata = FormMetadata(required=False)
    accelerator_required = serializers.BooleanField(default=False, help_text=_REQUIRED)


class Terms(TypedDict):
    """Arguments of `jobs.services.enqueue`."""

    priority: int
    deadline_at: datetime | None
    metadata: Mapping[str, str]
    required: bool


PLAIN: Final = Terms(priority=Job.Priority.NORMAL, deadline_at=None, metadata={}, required=False)
"""Of who says nothing."""


def terms(asked: Mapping[str, Any], *, now: datetime) -> Terms:
    """Of what one of the serializers above has read."""
    seconds = asked.get("deadline_s")
    return Terms(
        priority=Job.Priority[asked["priority"].upper()],
        deadline_at=None if seconds is None else now + timedelta(seconds=seconds),
        metadata=asked.get("metadata", {}),
        required=asked["accelerator_required"],
    )
