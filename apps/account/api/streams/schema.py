"""The events of an answer that goes on, each as a JSON object of its fields.

The `schema` of `text/event-stream` is that of one event: OpenAPI 3.1 has no word for the items of a
stream, and 3.2 has the same object under `itemSchema`.
"""

from collections.abc import Mapping
from typing import Any, Final

from foundation.ids import PATTERN
from gateway.contract.answers import PROBLEM

Schema = Mapping[str, Any]
_TEXT: Final = {"type": "string"}


def _object(description: str, **members: Schema) -> Schema:
    return {
        "type": "object",
        "description": description,
        "required": sorted(members),
        "properties": members,
    }


def _component(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _event(kind: Schema, data: Schema) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["event", "data"],
        "properties": {
            "id": {
                "type": "string",
                "pattern": f"^{PATTERN}$",
                "description": "Of the durable event, for `Last-Event-ID`. As server-sent events "
                "have it, one without an id has that of the last before it.",
            },
            "event": kind,
            "data": {
                "type": "string",
                "contentMediaType": "application/json",
                "contentSchema": data,
            },
        },
    }


def _named(kind: str, data: Schema) -> dict[str, Any]:
    return _event({"type": "string", "const": kind}, data)


_HELLO: Final = _named(
    "hello",
    _object(
        "The first event of a new answer, after what was missed",
        livemode={"type": "boolean"},
        at={"type": "string", "format": "date-time", "description": "The platform's time"},
    ),
)
_GAP: Final = _named(
    "gap",
    _object(
        "What was told since `Last-Event-ID` is not known, or not all: read the state of things",
        after={"type": "string", "description": "The id that was given"},
    ),
)
_WARNING: Final = _named(
    "warning",
    {
        **_object(
            "The problem that will end the answer",
            type={"type": "string", "const": "warning"},
            code=_TEXT,
            closes_in_ms={"type": "integer"},
        ),
        "additionalProperties": True,
    },
)
_PROBLEM: Final = _named("problem", _component(PROBLEM))
_JOB: Final = _named(
    "job",
    _object(
        "The state that the job is in, or how far it is",
        type={"type": "string", "const": "job"},
        id={"type": "string", "pattern": f"^{PATTERN}$"},
        kind={"type": "string", "examples": ["live_room.render"]},
        state=_component("JobState"),
        progress={"type": "number", "minimum": 0, "maximum": 1},
        accelerator=_component("Accelerator"),
        attempt={"type": "integer", "minimum": 0},
    ),
)
_OURS: Final = ("hello", "gap", "warning", "problem")
_FRAME: Final = _event(
    {"type": "string", "not": {"enum": [*_OURS]}, "description": "The frame's own `type`"},
    {
        "type": "object",
        "description": "A frame of `/v1/events`; /docs/reference/events shows all of them",
        "required": ["type"],
        "properties": {"type": _TEXT},
        "additionalProperties": True,
    },
)
EVENTS: Final = {"oneOf": [_HELLO, _GAP, _WARNING, _PROBLEM, _FRAME]}
"""An event of all the organisation's."""
JOB_EVENTS: Final = {"oneOf": [_JOB, _GAP, _WARNING, _PROBLEM]}
"""An event of one job's."""
