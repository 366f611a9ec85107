"""The OpenAPI document's house rules: security, problems, idempotency, costs, nullability."""

import inspect
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from foundation.http import idempotency
from foundation.http.idempotency import KEY_PATTERN
from foundation.ids import PATTERN
from foundation.validation.strict import Body, Text
from gateway.admission import dry_run
from gateway.contract.answers import DRY_RUN_SCHEMA, PROBLEM, PROBLEM_SCHEMA, REFUSALS
from gateway.contract.tags import DESCRIPTIONS
from gateway.doors import end_users, preferences
from gateway.doors.views import GatedView

# Not blank, and without U+0000, which Postgres cannot hold.
_NOT_NUL = r"^[^\u0000]*$"
_TEXT = r"^[^\u0000]*[^\s\u0000][^\u0000]*$"


class GatedSchema(AutoSchema):
    """What every gated operation shares, so that no view has to say it."""

    def get_auth(self) -> list[dict[str, list[str]]]:
        return [{"apiKey": []}] if self._operation() else [{}]

    def get_operation_id(self) -> str:
        """Never derived: `extend_schema` declares it, for clients name their functions by it."""
        raise ImproperlyConfigured(f"{self.method} {self.path} declares no operation_id.")

    def get_tags(self) -> list[str]:
        return [self.view.tag]  # type: ignore[attr-defined]  # every view of ours has one

    def get_description(self) -> str:  # type: ignore[override]  # as AutoSchema has it
        # The handler's own words; the base view's docstring speaks to us, not to a caller.
        return inspect.getdoc(getattr(self.view, self.method.lower())) or ""

    def get_override_parameters(self) -> list[Any]:
        parameters: list[Any] = []
        parameters += getattr(self.view, "query_parameters", {}).get(self.method.lower(), [])
        if self._repeatable():
            parameters.append(
                OpenApiParameter(
                    idempotency.HEADER,
                    {"type": "string", "pattern": KEY_PATTERN},
                    OpenApiParameter.HEADER,
                    description="1 to 255 printable characters of ASCII, in quotes or without; the "
                    "same key gives the same answer for 24 h.",
                )
            )
        if self.method.lower() in getattr(self.view, "waits", ()):
            parameters.append(
                OpenApiParameter(
                    preferences.HEADER,
                    {"type": "string", "examples": ["wait=10"]},
                    OpenApiParameter.HEADER,
                    description="wait=N: answer when the job has ended, or in N seconds (60 at "
                    "most); Preference-Applied says so (RFC 7240).",
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
                    dry_run.HEADER,
                    {"type": "string", "enum": ["?0", "?1"]},
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
            described["x-tifo-cost"] = {str(name): units for name, units in operation.cost.items()}
            self._describe_dry_run(described["responses"])
        described["responses"] |= {
            status: self._problem(status)
            for status in self._problem_statuses(bool(operation), "requestBody" in described)
            if status not in described["responses"]
        }
        return described

    def _operation(self) -> Any:
        return getattr(self.view, "operations", {}).get(self.method.lower())

    def _repeatable(self) -> bool:
        return self.method == "POST" and isinstance(self.view, GatedView)

    def _problem_statuses(self, gated: bool, takes_body: bool) -> list[str]:
        own = getattr(self.view, "refusals", {}).get(self.method.lower(), ())
        # 408, 431: before anybody sees the request; 503: the database can be away for a moment
        statuses = {"400", "406", "408", "431", "503", *own}
        if gated:
            statuses |= {"401", "402", "403", "429"}
        if "{" in self.path:
            statuses.add("404")
        if takes_body:
            statuses |= {"411", "413", "415"}
        if self._repeatable():
            statuses |= {"409", "422"}
        return sorted(statuses)

    def _describe_dry_run(self, responses: dict[str, Any]) -> None:
        component = ResolvedComponent(
            name="DryRun", type=ResolvedComponent.SCHEMA, object="DryRun", schema=DRY_RUN_SCHEMA
        )
        self.registry.register_on_missing(component)
        answer = responses.setdefault("200", {"description": "The answer to a dry run"})
        answer.setdefault("content", {})[dry_run.CONTENT_TYPE] = {"schema": component.ref}

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> dict[str, Any]:
        schema: dict[str, Any] = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]
        if not isinstance(serializer, Body):
            return schema
        if schema.get("description") == inspect.getdoc(Body):
            del schema["description"]  # it speaks to us
        if direction == "request":
            schema["additionalProperties"] = False
            if serializer.exactly_one:
                schema["minProperties"] = schema["maxProperties"] = 1
            _show(serializer, schema)
        return schema

    def _map_serializer_field(
        self, field: Any, direction: Any, bypass_extensions: bool = False
    ) -> Any:
        schema = super()._map_serializer_field(field, direction, bypass_extensions)  # type: ignore[no-untyped-call]
        if direction != "request" or schema is None:
            return schema
        if type(field) is Text:  # those of its kind say more of themselves
            schema["pattern"] = _NOT_NUL if field.allow_blank else _TEXT
        if isinstance(field, serializers.DictField) and not field.allow_empty:
            schema["minProperties"] = 1
        return schema

    def _problem(self, status: str) -> dict[str, Any]:
        component = ResolvedComponent(
            name=PROBLEM, type=ResolvedComponent.SCHEMA, object=PROBLEM, schema=PROBLEM_SCHEMA
        )
        self.registry.register_on_missing(component)
        return {"$ref": f"#/components/responses/{REFUSALS[status][0]}"}


def _show(body: Body, schema: dict[str, Any]) -> None:
    """The example of the whole, or of each member where the page itself adds the present moment."""
    needed = {name for name, each in body.fields.items() if each.required and not each.read_only}
    if body.example and body.example.keys() >= needed:
        schema["examples"] = [dict(body.example)]
        return
    for name, value in body.example.items():
        schema["properties"][name]["examples"] = [value]


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
    problem = {"application/problem+json": {"schema": {"$ref": f"#/components/schemas/{PROBLEM}"}}}
    components["responses"] = {
        name: {"description": said, "content": problem} for name, said in REFUSALS.values()
    }
    for name, schema in components.get("schemas", {}).items():
        if "oneOf" in schema:  # an answer of one shape may hold all that another has
            schema["anyOf"] = schema.pop("oneOf")
        if schema.get("type") == "object" and not name.endswith("Request"):
            schema["required"] = _always_present(name, schema)
    used = {tag for path in result["paths"].values() for op in path.values() for tag in op["tags"]}
    result["tags"] = [
        {"name": str(tag), "description": said} for tag, said in DESCRIPTIONS.items() if tag in used
    ]
    for path in result["paths"].values():
        for operation in path.values():
            _describe_ids(operation)
    result["servers"] = [{"url": "/", "description": "The operator's own address"}]
    converted: dict[str, Any] = _nullable_to_type(result)
    return converted


def _describe_ids(operation: Mapping[str, Any]) -> None:
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path" and parameter["name"].endswith("_id"):
            parameter["schema"]["pattern"] = f"^{PATTERN}$"


def _always_present(name: str, schema: dict[str, Any]) -> list[str]:
    # Our renderers write every declared member; only the problem has optional ones.
    if name == PROBLEM:
        return list(PROBLEM_SCHEMA["required"])
    return sorted(schema.get("properties", {}))


def _nullable_to_type(node: Any) -> Any:
    """OpenAPI 3.0's `nullable: true`, which 3.1 does not know, as a type that admits null."""
    if isinstance(node, list):
        return [_nullable_to_type(item) for item in node]
    if not isinstance(node, dict):
        return node
    node = {key: _nullable_to_type(value) for key, value in node.items()}
    if {} in node.get("oneOf", ()):
        del node["oneOf"]  # anything or null: that is anything, and null would be two of them
    if node.get("nullable") is not True:
        return node
    del node["nullable"]
    if isinstance(node.get("type"), str):
        node["type"] = [node["type"], "null"]
    elif not node.keys().isdisjoint({"$ref", "oneOf", "allOf", "anyOf"}):
        return {"oneOf": [node, {"type": "null"}]}
    return node
