"""What the API's document promises of every body, and that every body keeps it."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.urls import get_resolver
from drf_spectacular.generators import SchemaGenerator
from rest_framework import fields, serializers

from foundation.validation.strict import Body
from recordings.api import AudioUploadSerializer
from tests import openapi
from tests.conftest import Api, Tenant

LATER = "2999-11-29T20:45:00Z"
DOCUMENT = openapi.document()
SCHEMAS = DOCUMENT["components"]["schemas"]
# A scanner's reports have a form of their own, and forms carry nothing but text; CloudEvents carry
# whatever else their sender has to say.
OPEN = {"LeakReportRequest", "CloudEventRequest", "CloudEventDataRequest"}
FORMS = {
    "AudioUploadSerializer",
    "CheckModelSerializer",
    "RegisterModelSerializer",
    "TrackUploadSerializer",
}
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
            if each.__module__.startswith(("apps.", "gateway.", "recordings.")):
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


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("/v1/keys", {"name": "a", "scopes": "usage:read"}, "/scopes"),
        ("/v1/keys", {"name": "a", "scopes": ["usage:read"], "networks": "10.0.0.1"}, "/networks"),
        ("/v1/tickets", {"scopes": "usage:read"}, "/scopes"),
        ("/v1/usage/events", {"end_users": "ana"}, "/end_users"),
        ("/v1/sessions", {"name": "a", "ends_at": LATER, "zones": "north"}, "/zones"),
        ("/v1/triggers", {"kind": "led", "target": {"zones": "north"}}, "/target/zones"),
        ("/v1/triggers", {"kind": "led", "target": {"kiosks": "kio_0"}}, "/target/kiosks"),
        ("/v1/kiosks", {"name": "a", "zone": "b", "capabilities": "led"}, "/capabilities"),
        ("/v1/limits/simulate", {"operation": "POST /v1/effects", "at_ms": "5"}, "/at_ms"),
        ("/v1/interactions", {"interactions": "skip"}, "/interactions"),
    ],
    ids=json.dumps,
)
def test_a_text_is_no_list(
    api: Callable[[str | None], Api], tenant: Tenant, path: str, body: Any, pointer: str
) -> None:
    refused = api(tenant.live_key).post(path, body)
    assert refused.status_code == 400
    assert refused.json()["errors"] == [
        {
            "pointer": pointer,
            "code": "not_a_list",
            "detail": 'Expected a list of items but got type "str".',
        }
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("/v1/keys", {"name": 5, "scopes": ["usage:read"]}, "/name"),
        ("/v1/keys", {"name": "a", "scopes": ["usage:read"], "livemode": "yes"}, "/livemode"),
        ("/v1/keys", {"name": "a", "scopes": ["usage:read"], "livemod": True}, "/livemod"),
        ("/v1/organisation", {"strictnes": "open"}, "/strictnes"),
        ("/v1/triggers", {"kind": "led", "target": {"all": 1}}, "/target/all"),
        ("/v1/triggers", {"kind": "led", "target": {"all": True}, "ttl_ms": True}, "/ttl_ms"),
        ("/v1/triggers", {"kind": "led", "target": {"all": True}, "ttl_ms": "500"}, "/ttl_ms"),
        ("/v1/triggers", {"kind": "led", "target": {"all": True, "zone": "a"}}, "/target/zone"),
        (
            "/v1/effects",
            {"clip": "clp_0", "kind": "chain", "name": "stadium", "parameters": {"mix": True}},
            "/parameters/mix",
        ),
        ("/v1/limits/simulate", {"cost": {"effects": True}}, "/cost/effects"),
        ("/v1/limits/simulate", {"cost": {"effects": "3"}}, "/cost/effects"),
        (
            "/v1/sessions",
            {"name": "a", "ends_at": "2026-11-29T20:00:00", "zones": ["a"]},
            "/ends_at",
        ),
    ],
    ids=json.dumps,
)
def test_a_value_of_another_kind_is_pointed_at(
    api: Callable[[str | None], Api], tenant: Tenant, path: str, body: Any, pointer: str
) -> None:
    owner = api(tenant.live_key)
    refused = owner.patch(path, body) if path == "/v1/organisation" else owner.post(path, body)
    assert refused.status_code == 400
    assert [each["pointer"] for each in refused.json()["errors"]] == [pointer]


@pytest.mark.django_db
def test_a_small_t_and_z_are_an_instant(api: Callable[[str | None], Api], tenant: Tenant) -> None:
    asked = {"name": "a", "zones": ["north"], "ends_at": LATER.lower()}
    made = api(tenant.live_key).post("/v1/sessions", asked)
    assert (made.status_code, made.json()["ends_at"]) == (201, LATER)


def test_every_operation_tells_what_may_come_before_anybody_sees_the_request() -> None:
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    told = [operation["responses"] for path in paths.values() for operation in path.values()]
    assert told
    assert all({"408", "431"} <= responses.keys() for responses in told)
