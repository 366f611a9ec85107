"""What the hot door does not understand REST answers."""

from typing import Any

import pytest
from pytest_django import Settings

from foundation.http.problems import CONTENT_TYPE
from gateway.doors.front import is_ours
from tests.conftest import Tenant
from tests.doors import Doors
from tests.gateway.doors.front.calls import EVENTS, PLAIN, users

database = pytest.mark.django_db(transaction=True)


@database
class TestUnusual:
    """Whatever is not plain about a request is REST's to answer, and its answer is the same."""

    UNUSUAL: dict[str, dict[str, Any]] = {
        "a second answer": {"idempotency_key": "half-time"},
        "GET": {"method": "GET"},
        "OPTIONS": {"method": "OPTIONS"},
        "PUT": {"method": "PUT"},
        "a form": {"content_type": "multipart/form-data; boundary=x"},
        "text": {"content_type": "text/plain"},
        "another charset": {"content_type": "application/json; charset=latin-1"},
        "no content type": {"without": ["content-type"]},
        "no length": {"without": ["content-length"]},
        "too much": {"content_length": str(2 * 1024 * 1024 + 1)},
        "a length that is none": {"content_length": "1_0"},
        "a language of pages": {"accept": "text/html"},
        "an indented answer": {"accept": "application/json; indent=4"},
        "a foreign host": {"host": "elsewhere.example:nonsense"},
        "no host": {"without": ["host"]},
        "a host that is too long": {"host": "a" * 300},
        "no end user": {"tifo_end_user": ""},
        "too long an end user": {"tifo_end_user": "a" * 201},
    }

    @pytest.mark.parametrize("call", UNUSUAL.values(), ids=UNUSUAL)
    async def test_is_answered_by_the_twin(self, doors: Doors, call: dict[str, Any]) -> None:
        answer = await doors.hot.post(EVENTS, PLAIN, **call)
        assert doors.handed_on == 1
        twin = await doors.twin.post(EVENTS, PLAIN, **call)
        assert answer.said == twin.said
        assert answer.headers["x-request-id"]

    async def test_query_is_answered_by_the_twin(self, doors: Doors) -> None:
        answer = await doors.hot.post(f"{EVENTS}?format=xml", PLAIN)
        assert (answer.status, doors.handed_on) == (400, 1)

    @pytest.mark.parametrize("host", ["elsewhere.example", "elsewhere.example:8000", "a" * 300, ""])
    async def test_host_is_refused_alike_and_named(
        self, doors: Doors, settings: Settings, host: str
    ) -> None:
        settings.ALLOWED_HOSTS = ["testserver"]
        is_ours.cache_clear()
        refused = await doors.hot.post(EVENTS, PLAIN, host=host)
        assert (refused.status, refused.json()["code"]) == (400, "unknown-host")
        assert refused.headers["content-type"] == CONTENT_TYPE
        assert f'"{host[:80]}' in refused.json()["detail"]
        assert "TIFO_ALLOWED_HOSTS" in refused.json()["detail"]
        assert len(refused.json()["detail"]) < 200
        assert refused.said == (await doors.twin.post(EVENTS, PLAIN, host=host)).said
        is_ours.cache_clear()

    async def test_host_is_not_remembered_when_it_is_too_long(self, doors: Doors) -> None:
        remembered = is_ours.cache_info().currsize
        await doors.hot.post(EVENTS, PLAIN, host="a" * 65_536)
        assert (is_ours.cache_info().currsize, doors.handed_on) == (remembered, 1)

    async def test_transport_is_answered_by_the_twin(
        self, doors: Doors, settings: Settings
    ) -> None:
        settings.SECURE_SSL_REDIRECT = True
        await doors.hot.post(EVENTS, PLAIN)
        await doors.hot.post(EVENTS, PLAIN, x_forwarded_proto="https, http")
        assert doors.handed_on == 2
        assert (await doors.hot.post(EVENTS, PLAIN, x_forwarded_proto="https")).status == 202
        assert doors.handed_on == 2

    async def test_repetition_is_replayed(self, doors: Doors, tenant: Tenant) -> None:
        for _ in range(2):
            answer = await doors.hot.post(EVENTS, PLAIN, idempotency_key="once")
            assert answer.json() == {"accepted": 2}
        assert answer.headers["idempotent-replayed"] == "true"

    async def test_dry_run_does_nothing(self, doors: Doors, tenant: Tenant) -> None:
        answer = await doors.hot.post(EVENTS, PLAIN, tifo_dry_run="?1")
        assert (answer.status, answer.json()["dry_run"]) == (200, True)
        assert await users(tenant) == 0

    async def test_path_is_not_this_doors(self, doors: Doors) -> None:
        paths = ["/v1/usage", "/v1/usage/events/", "/v1/cues//acknowledge", "/v1/cues/a/b", "/"]
        for path in paths:
            assert (await doors.hot.post(path, PLAIN)).status == 404
        assert doors.handed_on == 0

    async def test_name_in_the_path_is_answered_by_the_twin(self, doors: Doors) -> None:
        answer = await doors.hot.post("/v1/cues/a\0b/acknowledge", {})
        assert (answer.status, doors.handed_on) == (403, 1)
