"""What the reference shows as a body can be sent: valid by its own schema, and accepted."""

import itertools
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator

from foundation.clock import now
from foundation.ids import PATTERN
from tests import openapi
from tests.conftest import Api, Tenant, slow_rate
from tests.jobs.work import execute
from tests.live_room.test_effects import sound
from tests.model_registry.making import data, product, register, sent
from tests.modelhub.remote.servers import honest, serving
from tests.stripe.connecting import stripe

__all__ = ["stripe"]
BODIES = openapi.json_bodies()
each_body = pytest.mark.parametrize(
    ("method", "path", "operation"),
    BODIES,
    ids=[operation["operationId"] for _, _, operation in BODIES],
)
an_id = re.compile(f'"{PATTERN}"')


@each_body
def test_is_valid_by_its_own_schema(method: str, path: str, operation: dict[str, Any]) -> None:
    components = openapi.document()["components"]
    schema = {**openapi.body_of(operation), "components": components}
    assert [*OAS31Validator(schema).iter_errors(openapi.shown(operation))] == []


@pytest.mark.django_db
@each_body
def test_is_accepted(
    method: str, path: str, operation: dict[str, Any], tenant: Tenant, stripe: None, web: str
) -> None:
    """Under a live key, with the reader's own things where the example names one."""
    slow_rate(tenant, "requests", burst=100)
    owner = Api(tenant.live_key)
    ids = things(owner) | {"upl": sent(tenant, "speech.onnx", data(product()))}
    body = an_id.sub(
        lambda found: json.dumps(ids[found[0][1:4]]), json.dumps(openapi.shown(operation))
    ).replace("https://models.example", web)
    address = re.sub(r"\{(\w+)_id\}", lambda found: ids[found[1]], path)
    of_a_device = operation.get("x-tifo-scope") in {"devices:connect", "telemetry:write"}
    caller = Api(ids["credential"]) if of_a_device else owner
    done = getattr(caller, method.lower())(address, json.loads(body))
    assert done.status_code in {200, 201, 202}, done.content


@pytest.fixture
def web(settings: Any) -> Iterator[str]:
    """Where a model lies that the examples fetch."""
    with serving(honest(data(product()))) as server:
        settings.FETCH_HTTP, settings.FETCH_NETWORKS = True, ["127.0.0.0/8"]
        settings.FETCH_PORTS = [server.port]
        yield f"http://127.0.0.1:{server.port}"


def things(owner: Api) -> dict[str, str]:
    """One of each that an example or an address names, by the prefix of its id."""
    kiosk = owner.post("/v1/kiosks", {"name": "Gate 1", "zone": "east", "capabilities": ["led"]})
    later = (now() + timedelta(minutes=5)).isoformat()
    asked = {"kind": "led", "target": {"kiosks": [kiosk.json()["id"]]}, "at": later}
    trigger = owner.post("/v1/triggers", asked).json()
    spare = {"name": "Spare", "scopes": ["usage:read"], "livemode": True}
    clip = owner.upload("/v1/clips", {"file": sound()}).json()["id"]
    model = register(owner, "audio_tagger").json()["id"]
    heard = owner.post("/v1/jobs", {"model": model, "input": {"file": clip}}).json()["id"]
    execute(heard)
    window = {"name": "Derby", "zones": ["north"], "ends_at": later}
    return {
        "clp": clip,
        "job": heard,
        "mdl": model,
        "model": model,
        "cue": trigger["cues"][0]["id"],
        "key": owner.post("/v1/keys", spare).json()["id"],
        "kio": kiosk.json()["id"],
        "session": owner.post("/v1/sessions", window).json()["id"],
        "sandbox": owner.post("/v1/sandboxes").json()["id"],
        "credential": kiosk.json()["credential"],
    }


def strings(value: Any) -> Iterator[str]:
    match value:
        case dict():
            yield from itertools.chain.from_iterable(map(strings, value.values()))
        case list():
            yield from itertools.chain.from_iterable(map(strings, value))
        case str():
            yield value


@each_body
def test_means_something(method: str, path: str, operation: dict[str, Any]) -> None:
    """`string` is what a page invents where nobody has given an example."""
    assert "string" not in strings(openapi.shown(operation))
