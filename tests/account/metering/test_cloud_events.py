"""CloudEvents, as the `cloudevents` SDK writes them."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cloudevents.core.bindings import http
from cloudevents.core.bindings.http import HTTPMessage
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from cloudevents.v1.conversion import to_binary, to_structured
from cloudevents.v1.http import CloudEvent as Old

from foundation import clock
from metering.models import Meter
from metering.queries import active_users, totals
from tests.conftest import Api, Tenant

Client = Callable[[str | None], Api]
pytestmark = pytest.mark.django_db
EVENTS = "/v1/usage/events"
BATCH = "application/cloudevents-batch+json"


@pytest.fixture
def owner(api: Client, tenant: Tenant) -> Api:
    Meter.objects.create(
        name="flares", aggregation="sum", unit="flare", description="Flares lit", reported=True
    )
    return api(tenant.live_key)


def made(data: Any = None, **attributes: Any) -> CloudEvent:
    usual = {"type": "tifo.usage.mau", "source": "/gates/north", "subject": "ana"}
    told = {name: value for name, value in (usual | attributes).items() if value is not None}
    return CloudEvent(told, data)


def send(owner: Api, message: HTTPMessage) -> Any:
    headers = dict(message.headers)
    content_type = headers.pop("content-type", "")
    return owner.post_bytes(EVENTS, message.body, content_type, **headers)


def result(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 202, answer.json()
    [only] = answer.json()["results"]
    return dict(only)


MODES = [http.to_structured_event, http.to_binary_event]


class TestTheSdk:
    @pytest.mark.parametrize("mode", MODES)
    def test_tells_who_was_active(self, owner: Api, tenant: Tenant, mode: Any) -> None:
        event = made(subject="ana “é” 100%")
        assert result(send(owner, mode(event)))["result"] == "accepted"
        assert result(send(owner, mode(event)))["result"] == "duplicate"
        assert active_users(tenant.organisation, livemode=True, now=clock.now()) == 1
        why = owner.get("/v1/usage/users/ana%20%E2%80%9C%C3%A9%E2%80%9D%20100%25")
        assert why.json()["operation"] == "POST /v1/usage/events"

    @pytest.mark.parametrize("mode", MODES)
    @pytest.mark.parametrize("kind", ["application/json", None])
    def test_tells_a_quantity(
        self, owner: Api, tenant: Tenant, mode: Any, kind: str | None
    ) -> None:
        event = made(
            {"quantity": 2.5}, type="tifo.usage.flares", subject=None, datacontenttype=kind
        )
        assert result(send(owner, mode(event)))["result"] == "accepted"
        month = clock.month(clock.now())
        days = {"start_day": month, "end_day": month + timedelta(days=31)}
        assert str(totals(tenant.organisation, livemode=True, **days)["flares"]) == "2.500000"

    def test_is_the_same_in_either_mode(self, owner: Api) -> None:
        event = made({"quantity": 1}, type="com.example.lit", subject="ana")
        event.get_data()["meter"] = "flares"  # type: ignore[index]
        assert result(send(owner, http.to_structured_event(event)))["result"] == "accepted"
        assert result(send(owner, http.to_binary_event(event)))["result"] == "duplicate"

    def test_of_before_tells_it_too(self, owner: Api) -> None:
        event = Old({"type": "tifo.usage.mau", "source": "/gates", "subject": "ana"}, {})
        for write, expected in ((to_structured, "accepted"), (to_binary, "duplicate")):
            headers, body = write(event)
            assert result(send(owner, HTTPMessage(dict(headers), body)))["result"] == expected

    def test_fills_a_batch(self, owner: Api, tenant: Tenant) -> None:
        events = [made(subject=f"fan-{n}", source=f"/{n}", id="1") for n in range(3)]
        form = JSONFormat()
        body = b"[%s]" % b",".join(form.write(event) for event in events)
        answer = owner.post_bytes(EVENTS, body, f"{BATCH}; charset=utf-8")
        assert answer.json()["accepted"] == 3
        assert active_users(tenant.organisation, livemode=True, now=clock.now()) == 3


class TestACloudEvent:
    @pytest.mark.parametrize(
        ("wrong", "reason"),
        [
            ({"specversion": "0.3"}, "unknown-specversion"),
            ({"specversion": ...}, "unknown-specversion"),
            ({"source": ...}, "source-missing"),
            ({"id": ...}, "id-missing"),
            ({"type": "com.example.lit"}, "unknown-type"),
            ({"type": "tifo.usage."}, "unknown-type"),
            ({"type": None, "data": {"meter": "mau"}}, "unknown-type"),
            ({"type": "tifo.usage.smoke"}, "unknown-meter"),
            ({"data": [1]}, "data-invalid"),
            ({"data_base64": "e30="}, "data-invalid"),
            ({"data": {"quantity": "many"}}, "not-a-number"),
            ({"subject": ...}, "user-missing"),
        ],
    )
    def test_is_rejected_alone(self, owner: Api, wrong: dict[str, Any], reason: str) -> None:
        right = {
            "specversion": "1.0",
            "id": "1",
            "source": "/gates",
            "type": "tifo.usage.mau",
            "subject": "ana",
            "time": datetime.now(UTC).isoformat(),
        }
        event = {name: value for name, value in (right | wrong).items() if value is not ...}
        answer = owner.post_bytes(EVENTS, json.dumps([event, right | {"id": "2"}]).encode(), BATCH)
        first, second = answer.json()["results"]
        assert (first["result"], first["reason"]) == ("rejected", reason)
        assert second["result"] == "accepted"

    def test_may_say_more_than_is_read(self, owner: Api) -> None:
        event = made({"gate": "north"}, partitionkey="7", dataschema="https://example.org/s")
        assert result(send(owner, http.to_structured_event(event)))["result"] == "accepted"

    @pytest.mark.parametrize("body", [b"{}", b"[]", b"7", b'"x"'])
    def test_batch_that_is_none_is_a_problem(self, owner: Api, body: bytes) -> None:
        assert owner.post_bytes(EVENTS, body, BATCH).status_code == 400

    def test_in_headers_that_are_not_utf_8_is_rejected(self, owner: Api) -> None:
        headers = http.to_binary_event(made()).headers | {"ce-subject": "%ff"}
        refused = result(send(owner, HTTPMessage(headers, b"")))
        assert (refused["result"], refused["reason"]) == ("rejected", "user-invalid")

    @pytest.mark.parametrize("content_type", ["text/plain", "application/cloudevents+avro"])
    def test_in_another_format_is_not_read(self, owner: Api, content_type: str) -> None:
        headers = http.to_binary_event(made()).headers
        assert (
            send(owner, HTTPMessage(headers | {"content-type": content_type}, b"x")).status_code
            == 415
        )
