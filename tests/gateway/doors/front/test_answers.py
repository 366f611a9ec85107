"""An answer of the hot door carries what one of REST carries."""

import logging
from typing import Any

import pytest
from corsheaders.middleware import CorsMiddleware
from django.http import HttpResponse
from django.test import RequestFactory
from pytest_django import Settings

from apps.account.hot import UsageEvents
from gateway.callers.caller import Caller
from gateway.doors.front import Front
from gateway.doors.hot import Call, Reply
from tests.conftest import Tenant
from tests.doors import Door, Doors
from tests.gateway.doors.front.calls import EVENTS, PLAIN

database = pytest.mark.django_db(transaction=True)
CROSS_ORIGIN = {"vary", "access-control-allow-origin", "access-control-expose-headers"}


@database
class TestAnswer:
    async def test_carries_the_headers_of_rest(self, doors: Doors) -> None:
        answer = await doors.hot.post(EVENTS, PLAIN, x_request_id="req-of-mine")
        twin = await doors.twin.post(EVENTS, PLAIN, x_request_id="req-of-mine")
        for header in ("content-type", "cache-control", "x-content-type-options", "x-request-id"):
            assert answer.headers[header] == twin.headers[header]
        assert answer.headers["ratelimit-policy"] == twin.headers["ratelimit-policy"]
        assert answer.headers["content-length"] == str(len(answer.body))

    async def test_may_be_read_by_the_pages_that_are_named(
        self, doors: Doors, settings: Settings, rf: RequestFactory
    ) -> None:
        ours, theirs = "https://stage.example", "https://elsewhere.example"
        told = await doors.hot.post(EVENTS, PLAIN, origin=ours)
        assert CROSS_ORIGIN.isdisjoint(told.headers)
        settings.CORS_ALLOWED_ORIGINS = [ours, "https://other.example"]
        for origin in (ours, theirs, "null", ""):
            told = await doors.hot.post(EVENTS, PLAIN, origin=origin)
            refused = await doors.hot.using(None).post(EVENTS, PLAIN, origin=origin)
            rest = CorsMiddleware(lambda _: HttpResponse())(
                rf.post(EVENTS, headers={"Origin": origin})
            )
            assert isinstance(rest, HttpResponse)
            for answer in (told, refused):
                for header in CROSS_ORIGIN:
                    assert answer.headers.get(header) == rest.headers.get(header)
        assert "access-control-allow-origin" not in told.headers
        assert doors.handed_on == 0

    async def test_has_a_request_id_of_its_own(self, doors: Doors) -> None:
        answers = [await doors.hot.post(EVENTS, b"{}", x_request_id="!") for _ in range(2)]
        refused = await doors.hot.using(None).post(EVENTS)
        ids = {each.headers["x-request-id"] for each in (*answers, refused)}
        assert len(ids) == 3
        assert refused.json()["request_id"] == refused.headers["x-request-id"]

    async def test_to_a_fault_of_ours_is_a_problem_and_a_line_in_the_log(
        self, tenant: Tenant, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Broken(UsageEvents):
            async def act(self, caller: Caller, asked: list[str], call: Call) -> Reply:
                raise ZeroDivisionError

        async def nowhere(*_: Any) -> None:
            pytest.fail("a fault is not handed on: the call was spent")

        door = Door(Front([Broken()], twins=nowhere, fallback=nowhere), tenant.live_key)
        with caplog.at_level(logging.ERROR):
            answer = await door.post(EVENTS, PLAIN)
        assert (answer.status, answer.json()["code"]) == (500, "internal-error")
        assert "ratelimit" in answer.headers
        assert "ZeroDivisionError" in caplog.text
