"""Every refusal of something that was sent says where it stands."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from foundation.clock import now
from tests.conftest import Api, Tenant
from tests.live_room.test_effects import sound
from tests.model_registry.test_model_checks import first_bytes
from tests.modelfiles.samples import LLAMA_7B, gguf_llama

pytestmark = pytest.mark.django_db


def interaction(**changed: Any) -> dict[str, Any]:
    seen = {"id": "1", "end_user": "fan", "kind": "cheer", "value": 5, "at": now().isoformat()}
    return {"kiosk": "kio_1", "interactions": [seen | changed]}


def trigger(**target: Any) -> dict[str, Any]:
    return {"kind": "led", "target": target}


def model(content: bytes, **more: Any) -> dict[str, Any]:
    return {"file": SimpleUploadedFile("m.gguf", content), **more}


@dataclass(frozen=True)
class Sent:
    """A call with one thing in it that is refused, at `pointer` with `code`."""

    path: str
    pointer: str
    code: str
    body: Callable[[], Any] = dict
    method: str = "POST"
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 400


KIOSK: dict[str, Any] = {"name": "Gate 7", "zone": "north", "capabilities": ["led"]}
FRAME = b"\1\1" + bytes(14 + 640)
SAMPLE = gguf_llama(LLAMA_7B, "Q4_K", vocabulary=False)
SOUND = "/v1/clips"
CASES = {
    # A body, and what is nested in it.
    "body: no object": Sent("/v1/kiosks", "/", "invalid", list),
    "body: unknown": Sent("/v1/kiosks", "/nme", "unknown-member", lambda: KIOSK | {"nme": 1}),
    "body: type": Sent("/v1/kiosks", "/name", "invalid", lambda: KIOSK | {"name": 7}),
    "body: missing": Sent(
        "/v1/kiosks", "/zone", "required", lambda: {"name": "x", "capabilities": ["led"]}
    ),
    "body: range": Sent(
        "/v1/telemetry", "/soc_celsius", "out-of-range", lambda: {"soc_celsius": 9e9}
    ),
    "item: unknown": Sent(
        "/v1/interactions", "/interactions/0/knd", "unknown-member", lambda: interaction(knd=1)
    ),
    "item: type": Sent(
        "/v1/interactions", "/interactions/0/at", "invalid", lambda: interaction(at=5)
    ),
    "item: range": Sent(
        "/v1/interactions", "/interactions/0/value", "out-of-range", lambda: interaction(value=101)
    ),
    "item: no object": Sent(
        "/v1/interactions", "/interactions/0", "invalid", lambda: {"interactions": [7]}
    ),
    "item: blank text": Sent(
        "/v1/keys", "/scopes/0", "blank", lambda: {"name": "x", "scopes": [""]}
    ),
    "member: unknown": Sent(
        "/v1/triggers", "/target/zone", "unknown-member", lambda: trigger(zone="n")
    ),
    "member: no list": Sent(
        "/v1/triggers", "/target/zones", "not_a_list", lambda: trigger(zones="n")
    ),
    "member: two of one": Sent(
        "/v1/triggers", "/target", "one-target", lambda: trigger(zones=["n"], all=True)
    ),
    "member: free": Sent(
        "/v1/limits/simulate", "/cost/effects", "invalid", lambda: {"cost": {"effects": "1"}}
    ),
    # A query.
    "query: unknown": Sent("/v1/usage?mnth=1", "/mnth", "unknown-parameter", method="GET"),
    "query: twice": Sent(
        "/v1/kiosks?limit=1&limit=2", "/limit", "repeated-parameter", method="GET"
    ),
    "query: type": Sent("/v1/kiosks?limit=many", "/limit", "out-of-range", method="GET"),
    "query: range": Sent("/v1/kiosks?limit=101", "/limit", "out-of-range", method="GET"),
    "query: choice": Sent("/v1/jobs?state=paused", "/state", "unknown-state", method="GET"),
    "query: no id": Sent("/v1/cues?kiosk=7", "/kiosk", "malformed", method="GET"),
    "query: no cursor": Sent("/v1/kiosks?cursor=%00", "/cursor", "malformed", method="GET"),
    "query: missing": Sent("/v1/sessions/{session}/frames", "/zone", "unknown-zone", lambda: FRAME),
    # A header.
    "header: end user": Sent(
        "/v1/usage", "/Tifo-End-User", "blank", method="GET", headers={"Tifo-End-User": ""}
    ),
    "header: dry run": Sent(
        "/v1/usage", "/Tifo-Dry-Run", "invalid", method="GET", headers={"Tifo-Dry-Run": "2"}
    ),
    "header: no dry run": Sent(
        "/v1/organisations", "/Tifo-Dry-Run", "unsupported", headers={"Tifo-Dry-Run": "?1"}
    ),
    "header: key": Sent(
        "/v1/kiosks", "/Idempotency-Key", "invalid", headers={"Idempotency-Key": "é"}
    ),
    "header: range": Sent(
        "/v1/kiosks",
        "/Content-Range",
        "unsupported",
        lambda: KIOSK,
        headers={"Content-Range": "bytes 0-1/2"},
    ),
    # A form's parts.
    "part: missing": Sent(SOUND, "/file", "required"),
    "part: text": Sent(SOUND, "/file", "invalid", lambda: {"file": "sound"}),
    "part: unknown": Sent(SOUND, "/nme", "unknown-member", lambda: {"file": sound(), "nme": "x"}),
    "part: too long": Sent(
        SOUND, "/name", "max_length", lambda: {"file": sound(), "name": "x" * 121}
    ),
    "part: no sound": Sent(SOUND, "/file", "unknown-format", lambda: model(b"text"), status=422),
    "part: no number": Sent(
        "/v1/models/check", "/size_bytes", "invalid", lambda: model(b"x", size_bytes="x")
    ),
    "part: range": Sent(
        "/v1/models/check", "/size_bytes", "min_value", lambda: model(b"x", size_bytes=0)
    ),
    "part: choice": Sent(
        "/v1/models/check", "/placement", "invalid_choice", lambda: model(b"x", placement="moon")
    ),
    "part: no model": Sent(
        "/v1/models/check", "/file", "unsupported-model", lambda: model(b"text" * 9), status=422
    ),
    "part: cut": Sent(
        "/v1/models/check",
        "/file",
        "more-bytes-needed",
        lambda: model(first_bytes(SAMPLE)[:99], size_bytes=SAMPLE.size),
        status=422,
    ),
}
FORMS = (SOUND, "/v1/models/check")


@pytest.fixture
def session(tenant: Tenant) -> str:
    soon = (now() + timedelta(hours=1)).isoformat()
    asked = {"name": "Derby", "ends_at": soon, "zones": ["north"]}
    made: str = Api(tenant.live_key).post("/v1/sessions", asked).json()["id"]
    return made


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_points_at_what_it_refuses(case: Sent, tenant: Tenant, session: str) -> None:
    key = tenant.live_key
    if case.path == "/v1/telemetry":
        key = Api(key).post("/v1/kiosks", KIOSK).json()["credential"]
    refused = told(case, key, session)

    assert refused.status_code == case.status, refused.content
    assert [(each["pointer"], each["code"]) for each in refused.json()["errors"]] == [
        (case.pointer, case.code)
    ]


def test_points_at_a_key_that_was_used_for_something_else(tenant: Tenant) -> None:
    api = Api(tenant.live_key)
    once = {"Idempotency-Key": "once"}
    assert api.post("/v1/kiosks", KIOSK, **once).status_code == 201
    refused = api.post("/v1/kiosks", KIOSK | {"zone": "south"}, **once)
    [error] = refused.json()["errors"]
    assert (refused.status_code, error["pointer"]) == (422, "/Idempotency-Key")


def test_points_at_the_place_where_a_model_may_not_run(tenant: Tenant) -> None:
    sent = model(first_bytes(SAMPLE), size_bytes=SAMPLE.size, placement="device")
    refused = Api(tenant.live_key).upload("/v1/models/check", sent)
    [error] = refused.json()["errors"]
    assert (error["pointer"], error["code"]) == ("/placement", "model-cap-exceeded")


def told(case: Sent, key: str, session: str) -> Any:
    path, body = case.path.replace("{session}", session), case.body()
    headers = {"Authorization": f"Bearer {key}", **case.headers}
    client = Client(raise_request_exception=False)
    if case.method == "GET":
        return client.get(path, headers=headers)
    if path in FORMS:
        return client.post(path, body, headers=headers)
    kind = "application/octet-stream" if isinstance(body, bytes) else "application/json"
    return client.post(path, body, content_type=kind, headers=headers)
