"""What the API's document promises of every body, and that every body keeps it."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import get_resolver
from rest_framework import fields, serializers

from foundation.strict import Body
from gateway.uploads import AudioUploadSerializer
from tests.gateway.test_authorisation import DOCUMENT

SCHEMAS = DOCUMENT["components"]["schemas"]
# A scanner's reports have a form of their own, and forms carry nothing but text.
OPEN = {"LeakReportRequest"}
FORMS = {"AudioUploadSerializer", "CheckModelSerializer"}
GUESSERS = (
    fields.CharField,
    fields.IntegerField,
    fields.FloatField,
    fields.BooleanField,
    fields.DateTimeField,
)


def bodies() -> list[str]:
    return sorted(name for name in SCHEMAS if name.endswith("Request"))


@pytest.mark.parametrize("name", [name for name in bodies() if name not in OPEN])
def test_a_body_is_closed(name: str) -> None:
    assert SCHEMAS[name]["additionalProperties"] is False


def known() -> Iterator[type[Body]]:
    assert get_resolver().url_patterns  # every view is loaded, and so is its body
    waiting = [Body]
    while waiting:
        for each in waiting.pop().__subclasses__():
            waiting.append(each)
            if each.__module__.startswith(("apps.", "gateway.")):
                yield each


def within(field: fields.Field[Any, Any, Any, Any]) -> Iterator[fields.Field[Any, Any, Any, Any]]:
    yield field
    child = getattr(field, "child", None)
    if child is not None and not isinstance(child, serializers.BaseSerializer):
        yield from within(child)


def test_a_body_holds_no_field_that_guesses() -> None:
    found = {body for body in known() if body.__name__ not in FORMS}
    assert len(found) > 12
    guessing = [
        f"{body.__name__}.{name}"
        for body in found
        for name, declared in body().fields.items()
        for field in within(declared)
        if type(field) in GUESSERS and not field.read_only
    ]
    assert not guessing
    assert issubclass(AudioUploadSerializer, Body)


def test_every_refusal_is_the_one_problem() -> None:
    for methods in DOCUMENT["paths"].values():
        for operation in methods.values():
            for status, answer in operation["responses"].items():
                if status >= "400":
                    name = answer["$ref"].rpartition("/")[2]
                    content = DOCUMENT["components"]["responses"][name]["content"]
                    assert list(content) == ["application/problem+json"]
