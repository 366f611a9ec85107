"""What the document says of the streams: each event by its schema; and the twins, which stream
nothing."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import Client as Browser
from openapi_schema_validator import OAS31Validator

from apps.account.api.streams.schema import JOB_EVENTS
from jobs.events import JobData
from tests import openapi
from tests.account.events.test_streams import Stream, end, make, revoke_all, tenant
from tests.conftest import Api, Tenant
from tests.listening import committed

__all__ = ["tenant"]
pytestmark = pytest.mark.django_db
A_JOB = "job_06a7x2mQ9sKd4TzB1vLfYe"
ALL, ONE = "/v1/events", "/v1/jobs/{job_id}/events"


def faults(path: str, event: dict[str, str]) -> list[str]:
    """What the event has that the document's schema for it does not; what it tells included."""
    components = openapi.document()["components"]
    answer = openapi.document()["paths"][path]["get"]["responses"]["200"]["content"]
    schema = answer["text/event-stream"]["schema"]
    found = [*OAS31Validator({**schema, "components": components}).iter_errors(event)]
    told = [
        each["properties"]["data"]["contentSchema"]
        for each in schema["oneOf"]
        if OAS31Validator(each).is_valid(event)
    ]
    for each in told:
        validator = OAS31Validator({**each, "components": components})
        found += validator.iter_errors(json.loads(event["data"]))
    return [error.message for error in found] or ([] if told else ["No schema is for it."])


async def events(stream: Stream, count: int) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    while len(found) < count:
        block = await stream.block()
        assert block
        found += [block] if "data" in block else []
    return found


class TestEachEvent:
    async def test_of_one_job_is_as_described(self, tenant: Tenant) -> None:
        job = await sync_to_async(make)(tenant)
        path = ONE.format(job_id=job.pk)
        async with Stream(tenant.test_key, path, last_event_id="evt_x") as stream:
            told = await events(stream, 2)
            await sync_to_async(end)(tenant, job)
            told += await events(stream, 1)
        assert [each["event"] for each in told] == ["gap", "job", "job"]
        assert [faults(ONE, each) for each in told] == [[], [], []]

    async def test_of_all_is_as_described(self, tenant: Tenant) -> None:
        async with Stream(tenant.test_key, ALL, last_event_id="evt_x") as stream:
            told = await events(stream, 2)  # what comes before it is greeted is not told to it
            await sync_to_async(make)(tenant)
            told += await events(stream, 1)
            await sync_to_async(committed)(revoke_all, tenant)
            told += await events(stream, 2)
        assert [each["event"] for each in told] == ["gap", "hello", "job", "warning", "problem"]
        assert [faults(ALL, each) for each in told] == [[], [], [], [], []]

    def test_that_is_something_else_is_found_out(self) -> None:
        told = {"type": "job", "id": A_JOB, "kind": "a", "state": "lost", "progress": 2}
        assert faults(ONE, {"event": "job", "data": json.dumps(told)})
        assert faults(ONE, {"event": "hello", "data": "{}"})

    def test_of_a_job_has_the_members_of_the_event(self) -> None:
        [job] = [
            each["properties"]["data"]["contentSchema"]
            for each in JOB_EVENTS["oneOf"]
            if each["properties"]["event"].get("const") == "job"
        ]
        assert set(job["properties"]) == {"type", *JobData.__annotations__}


class TestWhatAsksForNoStream:
    @pytest.mark.parametrize(
        ("method", "more"),
        [
            ("POST", {}),
            ("HEAD", {}),
            ("GET", {"tifo_dry_run": "?1"}),
            ("GET", {"content_length": "2"}),
            ("GET", {"transfer_encoding": "chunked"}),
        ],
        ids=str,
    )
    @pytest.mark.parametrize("path", [ALL, ONE.format(job_id=A_JOB)])
    async def test_goes_to_the_twin(self, path: str, method: str, more: dict[str, str]) -> None:
        async with Stream(None, path, method, **more) as stream:
            assert stream.status == 299

    async def test_nor_does_what_names_no_job(self) -> None:
        async with Stream(None, ONE.format(job_id="none")) as stream:
            assert stream.status == 299

    def test_is_foreseen(self, api: Callable[[str | None], Api], tenant: Tenant) -> None:
        tried = committed(api(tenant.test_key).get, ALL, **{"Tifo-Dry-Run": "?1"})
        assert (tried.status_code, tried.json()["admitted"]) == (200, True)

    def test_is_the_head_of_an_answer(self, tenant: Tenant) -> None:
        head = committed(Browser().head, ALL, headers=asking(tenant))
        assert (head.status_code, head["Content-Type"]) == (200, "text/event-stream")

    @pytest.mark.parametrize("path", [ALL, ONE])
    def test_is_told_where_events_are(self, tenant: Tenant, path: str) -> None:
        address = path.format(job_id=make(tenant).pk)
        refused = committed(Browser().get, address, headers=asking(tenant))
        assert (refused.status_code, refused.json()["code"]) == (421, "not-streamed")
        assert refused["Content-Type"] == "application/problem+json"


def asking(tenant: Tenant) -> dict[str, Any]:
    return {"Authorization": f"Bearer {tenant.test_key}", "Accept": "text/event-stream"}
