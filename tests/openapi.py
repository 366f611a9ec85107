"""The API's document, read once for all tests that are made from it."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from foundation import clock

DOCUMENT = Path(__file__).parents[1] / "openapi" / "openapi.yaml"


@cache
def document() -> dict[str, Any]:
    """As it is committed; nobody changes what everybody shares."""
    # libyaml's loader: the one in Python takes thirteen times as long for this file.
    described: dict[str, Any] = yaml.load(DOCUMENT.read_bytes(), Loader=yaml.CSafeLoader)
    return described


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    """Method, path and description of each operation."""
    return [
        (method.upper(), path, operation)
        for path, methods in document()["paths"].items()
        for method, operation in methods.items()
    ]


# A report of leaked keys is signed by its scanner, whose form it is; frames and files are bytes.
JSON, SIGNED = "application/json", {"reportLeakedKeys"}


def json_bodies() -> list[tuple[str, str, dict[str, Any]]]:
    """The operations that take JSON from whoever has a key."""
    return [
        (method, path, operation)
        for method, path, operation in operations()
        if JSON in operation.get("requestBody", {}).get("content", {})
        and operation["operationId"] not in SIGNED
    ]


def body_of(operation: dict[str, Any]) -> dict[str, Any]:
    """The schema of its body."""
    schema: dict[str, Any] = operation["requestBody"]["content"][JSON]["schema"]
    return schema


def shown(operation: dict[str, Any]) -> Any:
    """The body that the reference shows: see `tests.browser`, where the page is asked."""
    return _sample(body_of(operation))


def _sample(schema: dict[str, Any]) -> Any:
    while "$ref" in schema:
        schema = document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    for known in ("examples", "enum"):
        if known in schema:
            return schema[known][0]
    for one in ("allOf", "oneOf", "anyOf"):
        if one in schema:
            return _sample(schema[one][0])
    return schema["default"] if "default" in schema else _of_a_kind(schema)


def _of_a_kind(schema: dict[str, Any]) -> Any:
    kind = schema.get("type", "object")
    match kind if isinstance(kind, str) else kind[0]:
        case "object":
            return {name: _sample(each) for name, each in schema.get("properties", {}).items()}
        case "array":
            return [_sample(schema["items"])]
        case "integer" | "number":
            return max(0, schema.get("minimum", 0))
        case "boolean":
            return True
    return clock.now().isoformat() if schema.get("format") == "date-time" else "string"
