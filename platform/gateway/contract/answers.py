"""The answers that operations share: problems, dry runs, pages."""

from collections.abc import Mapping
from typing import Any, Final

from rest_framework import serializers

PROBLEM: Final = "Problem"
PROBLEM_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "description": "RFC 9457 problem document. `code` is stable; further members are its facts.",
    "required": ["type", "title", "status", "detail", "code", "request_id"],
    "additionalProperties": True,
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {
                    "pointer": {
                        "type": "string",
                        "description": "JSON pointer into the body; or / and the name of a query "
                        "parameter or a header",
                    },
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
        "violated-policies": {
            "type": "array",
            "items": {"type": "string"},
            "description": "The limits that refuse (draft-ietf-httpapi-ratelimit-headers-11)",
        },
        "policies": {
            "type": "array",
            "description": "The same limits with all their facts, in the words of GET /v1/limits",
            "items": {
                "type": "object",
                "additionalProperties": True,
                "properties": {
                    "name": {"type": "string"},
                    "limit": {"type": "integer", "description": "The most units at once"},
                    "used": {"type": "integer"},
                    "unit": {"type": "string"},
                    "window_ms": {"type": "integer"},
                    "retry_after_ms": {
                        "type": ["integer", "null"],
                        "description": "The exact wait; null: no wait helps",
                    },
                    "scope": {"type": "string", "description": "Whose calls are counted together"},
                    "docs": {"type": "string"},
                    "upgrade": {"type": "object", "description": "How to have more"},
                },
            },
        },
    },
}
DRY_RUN_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "description": "What the gate would say of the call; nothing was done or spent.",
    "required": ["dry_run", "admitted", "problem", "limits"],
    "properties": {
        "dry_run": {"type": "boolean"},
        "admitted": {"type": "boolean"},
        "problem": {"oneOf": [{"$ref": f"#/components/schemas/{PROBLEM}"}, {"type": "null"}]},
        "limits": {"type": "array", "items": {"type": "object", "additionalProperties": True}},
    },
}
REFUSALS: Final = {
    "400": ("Invalid", "The request is malformed or a field is not valid"),
    "401": ("Unauthorized", "No usable credential"),
    "402": ("PaymentNeeded", "Nobody pays for more users, or for a higher tier"),
    "403": ("Forbidden", "The credential or the tier does not allow it"),
    "404": ("NotFound", "No such thing"),
    "406": ("NotAcceptable", "Nothing that the Accept header takes"),
    "408": ("RequestTimeout", "The head or the body did not come in time; nothing was done"),
    "409": ("Conflict", "Conflicts with what is there"),
    "411": ("LengthRequired", "A body without its length"),
    "412": ("PreconditionFailed", "A version of a protocol that is not spoken here"),
    "413": ("TooLarge", "The body is too large"),
    "415": ("UnsupportedMediaType", "A content type or an encoding that is not read"),
    "416": ("NoSuchRange", "The file has no such bytes"),
    "422": ("Refused", "Understood, but refused"),
    "429": ("LimitReached", "A limit is used up; Retry-After says how long"),
    "431": ("HeadTooLarge", "The head is too large, or what stands around the body's chunks"),
    "502": ("BadGateway", "Who collects payments refused what was asked of it"),
    "503": ("Unavailable", "Cannot be answered for a moment; nothing was spent"),
}


def page_of(row: type[serializers.Serializer[Any]]) -> type[serializers.Serializer[Any]]:
    """The serializer of a cursor page whose `data` are rows of that kind."""
    name = row.__name__.removesuffix("Serializer") + "PageSerializer"
    cursor = serializers.CharField(
        allow_null=True, help_text="Pass as `cursor` for the next page; null on the last."
    )
    return type(name, (serializers.Serializer,), {"data": row(many=True), "next_cursor": cursor})
