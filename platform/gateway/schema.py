"""The OpenAPI document's house rules: security, problems, idempotency, costs, nullability."""

import inspect
from collections.abc import Mapping
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from gateway import end_users, rehearsal
from gateway.views import GatedView

_PROBLEM = "Problem"
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
                    "pointer": {"type": "string", "description": "JSON pointer into the body"},
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
_TITLES = {
    "400": "The request is malformed or a field is not valid",
    "401": "No usable credential",
    "403": "The credential or the tier does not allow it",
    "404": "No such thing",
    "409": "Conflicts with what is there",
    "422": "Understood, but refused",
    "429": "A limit is used up; Retry-After says how long",
    "503": "Limits cannot be checked for a moment; nothing was spent",
}


def page_of(row: type[serializers.Serializer[Any]]) -> type[serializers.Serializer[Any]]:
    """The serializer of a cursor page whose `data` are rows of that kind."""
    name = row.__name__.removesuffix("Serializer") + "PageSerializer"
    cursor = serializers.CharField(
        allow_null=True, help_text="Pass as `cursor` for the next page; null on the last."
    )
    return type(name, (serializers.Serializer,), {"data": row(many=True), "next_cursor": cursor})


PAGE_PARAMETERS = [
    OpenApiParameter("limit", int, description="Rows per page, 1 to 100; default 20."),
    OpenApiParameter("cursor", str, description="`next_cursor` of the page before."),
]


class GatedSchema(AutoSchema):
    """What every gated operation shares, so that no view has to say it."""

    def get_auth(self) -> list[dict[str, list[str]]]:
        return [{"apiKey": []}] if self._operation() else [{}]

    def get_tags(self) -> list[str]:
        return [self.view.__module__.split(".")[1] if "." in self.view.__module__ else "account"]

    def get_description(self) -> str:  # type: ignore[override]  # as AutoSchema has it
        # The handler's own words; the base view's docstring speaks to us, not to a caller.
        return inspect.getdoc(getattr(self.view, self.method.lower())) or ""

    def get_override_parameters(self) -> list[Any]:
        parameters = []
        if self.method == "POST" and isinstance(self.view, GatedView):
            parameters.append(
                OpenApiParameter(
                    "Idempotency-Key",
                    str,
                    OpenApiParameter.HEADER,
                    description="1 to 255 characters; the same key gives the same answer for 24 h.",
                )
            )
        if self._operation():
            parameters.append(
                OpenApiParameter(
                    end_users.HEADER,
                    end_users.SCHEMA,
                    OpenApiParameter.HEADER,
                    description="The fan this call is for, in your own naming, in UTF-8; counted "
                    "as one MAU.",
                )
            )
            parameters.append(
                OpenApiParameter(
                    rehearsal.HEADER,
                    str,
                    OpenApiParameter.HEADER,
                    description="?1: do and spend nothing, and answer 200 with what the gate would "
                    "say: dry_run, admitted, problem (null or the refusal) and limits.",
                )
            )
        return parameters

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        described = super().get_operation(*args, **kwargs)
        if described is None:
            return None
        operation = self._operation()
        if operation:
            described["x-tifo-scope"] = operation.scope
            described["x-tifo-cost"] = dict(operation.cost)
        described["responses"] |= {
            status: self._problem(status)
            for status in self._problem_statuses(bool(operation))
            if status not in described["responses"]
        }
        return described

    def _operation(self) -> Any:
        return getattr(self.view, "operations", {}).get(self.method.lower())

    def _problem_statuses(self, gated: bool) -> list[str]:
        statuses = ["400"]
        if gated:
            statuses += ["401", "403", "429", "503"]
        if "{" in self.path:
            statuses.append("404")
        if self.method == "POST":
            statuses += ["409", "422"]
        return sorted(statuses)

    def _problem(self, status: str) -> dict[str, Any]:
        component = ResolvedComponent(
            name=_PROBLEM, type=ResolvedComponent.SCHEMA, object=_PROBLEM, schema=PROBLEM_SCHEMA
        )
        self.registry.register_on_missing(component)
        return {
            "description": _TITLES[status],
            "content": {"application/problem+json": {"schema": component.ref}},
        }


def finish(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Last touches on the whole document: security scheme, required fields, tags, 3.1 types."""
    components = result.setdefault("components", {})
    components["securitySchemes"] = {
        "apiKey": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "tifo_live_… or tifo_test_…",
            "description": "An API key, or a kiosk's device credential.",
        }
    }
    for name, schema in components.get("schemas", {}).items():
        if schema.get("type") == "object" and not name.endswith("Request"):
            schema["required"] = _always_present(name, schema)
    used = {tag for path in result["paths"].values() for op in path.values() for tag in op["tags"]}
    result["tags"] = [{"name": tag, "description": _TAGS[tag]} for tag in sorted(used)]
    result["servers"] = [{"url": "/", "description": "The operator's own address"}]
    converted: dict[str, Any] = _nullable_to_type(result)
    return converted


_TAGS = {
    "account": "Organisation, members, keys, limits, usage and invoices",
    "avsync": "Tracks and their timelines",
    "live_audio_feedback": "Live sessions: crowd sound in, a score out",
    "live_room": "Clips, stems and effects",
    "noucamp": "Kiosks, interactions, model checks and cues",
    "portal": "Organisation, members, keys, limits, usage, invoices and jobs",
}


def _always_present(name: str, schema: dict[str, Any]) -> list[str]:
    # Our renderers write every declared member; only the problem has optional ones.
    if name == _PROBLEM:
        return list(PROBLEM_SCHEMA["required"])
    return sorted(schema.get("properties", {}))


def _nullable_to_type(node: Any) -> Any:
    """OpenAPI 3.0's `nullable: true`, which 3.1 does not know, as a type that admits null."""
    if isinstance(node, list):
        return [_nullable_to_type(item) for item in node]
    if not isinstance(node, dict):
        return node
    node = {key: _nullable_to_type(value) for key, value in node.items()}
    if node.get("nullable") is not True:
        return node
    del node["nullable"]
    if isinstance(node.get("type"), str):
        node["type"] = [node["type"], "null"]
    elif "type" not in node:
        return {"oneOf": [node, {"type": "null"}]}
    return node


__all__ = ["PAGE_PARAMETERS", "GatedSchema", "GatedView", "finish", "page_of"]
