"""The hot door says what REST says, in fewer steps; what it does not understand REST answers."""

import json
import logging
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from corsheaders.middleware import CorsMiddleware
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import resolve
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from apps.account.api.usage_events import RecordUsageEventsSerializer
from apps.account.hot import UsageEvents
from foundation import clock
from foundation.http.problems import CONTENT_TYPE
from gateway import stores
from gateway.admission import dry_run
from gateway.callers.caller import Caller
from gateway.doors.front import Front, is_ours
from gateway.doors.hot import Call, HotOperation, Reply, Unusual
from gateway.doors.requests import documented
from gateway.doors.views import GatedView
from metering.queries import active_users
from ratelimit.store import AsyncStore
from tenants.models import ApiKey
from tenants.services.keys import create_key, revoke_key
from tests.conftest import NOBODY, Tenant, slow_rate
from tests.doors import Application, Door, Doors
from tifo.asgi import application, sockets
from tifo.hot import OPERATIONS

EVENTS = "/v1/usage/events"
database = pytest.mark.django_db(transaction=True)
PLAIN = {"end_users": ["ana", "bo", "ana"]}


def named(*users: Any) -> bytes:
    return json.dumps({"end_users": users}).encode()


async def users(tenant: Tenant, *, livemode: bool = True) -> int:
    """How many were metered this month."""
    return await sync_to_async(active_users)(
        tenant.organisation, livemode=livemode, now=clock.now()
    )


MALFORMED: dict[str, bytes] = {
    "nothing": b"",
    "not JSON": b"{'end_users': ['ana']}",
    "a field twice": b'{"end_users": [1], "end_users": ["ana"]}',
    "a field twice, the last of them wrong": b'{"end_users": ["ana"], "end_users": [1]}',
    "cut short": b'{"end_users": ["ana"',
    "with a byte order mark": b"\xef\xbb\xbf" + named("ana"),
    "not UTF-8": b'{"end_users": ["\xff"]}',
    "UTF-16": json.dumps(PLAIN).encode("utf-16"),
    "not a number": b'{"end_users": ["ana"], "n": NaN}',
    "infinite": b'{"end_users": ["ana"], "n": -Infinity}',
    "too deep": b'{"end_users": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "a number of too many digits": b'{"end_users": ["ana"], "n": ' + b"9" * 5_000 + b"}",
    "a list": b'["ana"]',
    "a string": b'"ana"',
    "null": b"null",
    "without the field": b"{}",
    "a string for a list": b'{"end_users": "ana"}',
    "an object for a list": b'{"end_users": {"0": "ana"}}',
    "null for a list": b'{"end_users": null}',
    "nobody": named(),
    "too many": named(*map(str, range(1_001))),
    "an empty name": named("ana", ""),
    "a blank name": named("ana", "  "),
    "too long a name": named("ana", "a" * 201),
    "null for a name": named("ana", None),
    "a boolean for a name": named(True),
    "an object for a name": named("ana", {}),
    "U+0000 in a name": named("ana\0"),
    "TAB in a name": named("ana\tbo"),
    "a name of two lines": named("ana\nbo"),
    "a name of zero width": named("\u200b\u2060"),
    "a number for a name": named(7),
    "another number for a name": named(7.5),
    "half a surrogate pair": b'{"end_users": ["\\ud800"]}',
    "a member that nobody knows": b'{"at": [1, {"a": null}], "end_users": ["ana"]}',
}
# Valid, though not plain: answered by the twin, and all the same.
CURIOUS: dict[str, bytes] = {
    "spaces around a name": named(" ana ", "ana", "bo"),
    "an uncomposed name": named("zoe\u0308", "zoë", "bo"),
    "a joiner in a name": named("👩\u200d🎤", "bo"),
}
PLAIN_BODIES: dict[str, bytes] = {
    "one": named("ana"),
    "the same twice": named("ana", "bo", "ana"),
    "words": named("Ana Müller", "Бо", "李", "🎉"),
    "the longest": named("a" * 200, "\U0001f389" * 200),
    "a thousand": named(*map(str, range(1_000))),
    "white space": b' {\n"end_users"\t: [ "ana" ] }\r\n',
    "escapes": b'{"end_users": ["\\u00fc\\u0041\\ud83c\\udf89"]}',
}


@database
class TestBody:
    @pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
    async def test_that_is_malformed_is_refused_alike_and_costs_nothing(
        self, doors: Doors, tenant: Tenant, body: bytes
    ) -> None:
        await sync_to_async(slow_rate)(tenant, "requests", burst=3)
        refused = await doors.hot.post(EVENTS, body)
        assert refused.said == (await doors.twin.post(EVENTS, body)).said
        assert refused.status == 400
        assert refused.headers["content-type"] == "application/problem+json"
        admitted = await doors.hot.post(EVENTS, PLAIN)
        assert admitted.headers["ratelimit"].startswith('"requests";r=2;')
        assert await users(tenant) == 2

    @pytest.mark.parametrize("body", CURIOUS.values(), ids=CURIOUS)
    async def test_that_is_valid_in_a_curious_way_is_its_twins(
        self, doors: Doors, body: bytes
    ) -> None:
        answer = await doors.hot.post(EVENTS, body)
        assert answer.said == (await doors.twin.post(EVENTS, body)).said
        assert (answer.status, doors.handed_on) == (202, 1)

    @pytest.mark.parametrize("body", PLAIN_BODIES.values(), ids=PLAIN_BODIES)
    async def test_that_is_plain_is_answered_here(
        self, doors: Doors, tenant: Tenant, body: bytes
    ) -> None:
        answer = await doors.hot.post(EVENTS, body)
        assert (answer.status, doors.handed_on) == (202, 0)
        before = await users(tenant)
        twin = await doors.twin.post(EVENTS, body)
        assert answer.body == twin.body
        assert answer.json() == {"accepted": before}
        assert await users(tenant) == before

    async def test_may_come_in_pieces(self, doors: Doors) -> None:
        answer = await doors.hot.post(EVENTS, PLAIN, pieces=7)
        assert (answer.json(), doors.handed_on) == ({"accepted": 2}, 0)

    async def test_in_pieces_is_handed_on_whole(self, doors: Doors) -> None:
        answer = await doors.hot.post(EVENTS, CURIOUS["spaces around a name"], pieces=7)
        assert (answer.json(), doors.handed_on) == ({"accepted": 2}, 1)

    async def test_that_never_comes_leaves_nothing(self, doors: Doors, tenant: Tenant) -> None:
        async def gone() -> Any:
            return {"type": "http.disconnect"}

        async def send(_: Any) -> None:
            pytest.fail("nobody listens")

        scope = {
            "type": "http",
            "method": "POST",
            "path": EVENTS,
            "query_string": b"",
            "headers": [
                (b"host", b"testserver"),
                (b"authorization", f"Bearer {tenant.live_key}".encode()),
                (b"content-type", b"application/json"),
                (b"content-length", b"10"),
            ],
        }
        await Front(OPERATIONS, twins=send, fallback=send)(scope, gone, send)  # type: ignore[arg-type]
        assert await users(tenant) == 0


NAMES = st.one_of(
    st.text(max_size=4),
    st.text(" \u00a0\u2003a\0\n", max_size=4),
    st.integers(),
    st.none(),
    st.booleans(),
    st.floats(allow_nan=False),
    st.just("a" * 200),
    st.just("a" * 201),
)


class TestUsageEvents:
    @given(st.lists(NAMES, max_size=5))
    def test_are_read_as_the_serializer_reads_them_or_not_at_all(self, names: list[Any]) -> None:
        body = named(*names)
        try:
            read = UsageEvents().read(Call(body, "", "", clock.now(), NOBODY))
        except Unusual:
            return
        serializer = RecordUsageEventsSerializer(data=json.loads(body))
        assert serializer.is_valid()
        assert read == serializer.validated_data["end_users"]


@database
class TestCaller:
    async def test_is_refused_in_the_same_words(self, doors: Doors, tenant: Tenant) -> None:
        _, reader = await sync_to_async(create_key)(
            organisation=tenant.organisation,
            name="reader",
            livemode=True,
            scopes=["usage:read"],
            now=clock.now(),
        )
        wrong = [None, "", "nonsense", tenant.live_key[:-1] + "!", f"tifo_live_{'a' * 36}", reader]
        for token in wrong:
            # Before the body is looked at: a stranger learns nothing of what it should be.
            for body in (PLAIN, b"{"):
                refused = await doors.hot.using(token).post(EVENTS, body)
                twin = await doors.twin.using(token).post(EVENTS, body)
                assert refused.said == twin.said
                assert refused.status in {401, 403}
                for header in ("www-authenticate", "content-type", "cache-control"):
                    assert refused.headers.get(header) == twin.headers.get(header)
        assert doors.handed_on == 0
        assert await users(tenant) == 0

    async def test_with_a_revoked_key_is_refused_at_once(
        self, doors: Doors, tenant: Tenant
    ) -> None:
        assert (await doors.hot.post(EVENTS, named("ana"))).status == 202
        key = await ApiKey.objects.aget(organisation=tenant.organisation, livemode=True)
        await sync_to_async(revoke_key)(
            organisation=tenant.organisation, key_id=key.pk, now=clock.now()
        )
        refused = await doors.hot.post(EVENTS, named("bo"))
        assert (refused.status, refused.json()["code"]) == (401, "revoked-key")
        assert refused.said == (await doors.twin.post(EVENTS, named("bo"))).said
        assert await users(tenant) == 1

    async def test_beyond_a_limit_is_told_the_same(self, doors: Doors, tenant: Tenant) -> None:
        await sync_to_async(slow_rate)(tenant, "requests", burst=2)
        assert (await doors.hot.post(EVENTS, named("ana"))).status == 202
        assert (await doors.twin.post(EVENTS, named("bo"))).status == 202
        refusals = [
            await door.post(EVENTS, named("cleo")) for door in (doors.hot, doors.twin, doors.hot)
        ]
        assert {refused.status for refused in refusals} == {429}
        first, second, _ = (refused.json() for refused in refusals)
        assert set(first) == set(second)
        assert set(first["policies"][0]) == set(second["policies"][0])
        assert first["violated-policies"] == second["violated-policies"] == ["requests"]
        named_by = [set(refused.headers) & LIMIT_HEADERS for refused in refusals]
        assert named_by == [LIMIT_HEADERS] * 3
        assert (await users(tenant), doors.handed_on) == (2, 0)

    async def test_takes_every_form_that_the_document_names(self, doors: Doors) -> None:
        for form in (dry_run.CONTENT_TYPE, f"{dry_run.CONTENT_TYPE}, */*", CONTENT_TYPE):
            answer = await doors.hot.post(EVENTS, named("ana"), accept=form)
            assert (answer.status, answer.headers["content-type"]) == (202, "application/json")
            told = await doors.hot.post(EVENTS, named("ana"), accept=form, tifo_dry_run="?1")
            assert (told.status, told.headers["content-type"]) == (200, dry_run.CONTENT_TYPE)
        refused = await doors.hot.post(EVENTS, named("ana"), accept="text/html")
        assert refused.status == 406

    async def test_counts_each_user_once_at_whatever_door(
        self, doors: Doors, tenant: Tenant
    ) -> None:
        for door in (doors.hot, doors.twin, doors.hot):
            await door.post(EVENTS, named("ana", "bo"))
        await doors.twin.post(EVENTS, named("cleo"))
        await doors.hot.post(EVENTS, named("cleo", "di"), tifo_end_user="ev")
        await doors.twin.post(EVENTS, named("di"), tifo_end_user="ev")
        assert await users(tenant) == 5

    async def test_takes_an_end_user_beside_as_many_as_a_body_may_name(
        self, doors: Doors, tenant: Tenant
    ) -> None:
        full = named(*map(str, range(1_000)))
        for door in (doors.hot, doors.twin):
            assert (await door.post(EVENTS, full, tifo_end_user="ana")).status == 202
        assert await users(tenant) == 1_001

    async def test_goes_on_while_redis_is_away(
        self, doors: Doors, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        nowhere = AsyncStore("unix:///nowhere/redis.sock")
        monkeypatch.setattr(stores, "async_store", lambda: nowhere)
        for name in ("ana", "bo", "ana"):
            answer = await doors.hot.post(EVENTS, named(name))
            assert (answer.status, answer.headers["tifo-degraded"]) == (202, "?1")
        assert await users(tenant) == 2
        await nowhere.aclose()

    async def test_under_a_test_key_is_counted_apart(self, doors: Doors, tenant: Tenant) -> None:
        answer = await doors.hot.using(tenant.test_key).post(EVENTS, PLAIN)
        assert answer.status == 202
        assert await users(tenant) == 0
        assert await users(tenant, livemode=False) == 2


CROSS_ORIGIN = {"vary", "access-control-allow-origin", "access-control-expose-headers"}
LIMIT_HEADERS = {"ratelimit", "ratelimit-policy", "retry-after"}


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


@database
class TestProcesses:
    """No answer of an ingest path depends on the process that gives it."""

    @pytest.mark.parametrize("process", [application, sockets], ids=["embedded", "sockets"])
    async def test_answer_ingest_plain_or_not(
        self, doors: Doors, tenant: Tenant, process: Application
    ) -> None:
        door = Door(process, tenant.live_key)
        assert (await door.post(EVENTS, PLAIN)).json() == {"accepted": 2}
        assert (await door.post(EVENTS, CURIOUS["spaces around a name"])).json() == {"accepted": 2}
        assert (await door.post(EVENTS, method="GET")).status == 405

    async def test_of_sockets_answers_nothing_else(self, doors: Doors, tenant: Tenant) -> None:
        for process, status in ((application, 200), (sockets, 404)):
            answer = await Door(process, tenant.live_key).post("/v1/usage", method="GET")
            assert answer.status == status

    @pytest.mark.parametrize("path", ["/livez", "/readyz"])
    async def test_of_sockets_answers_health_checks_as_others_do(self, path: str) -> None:
        """The database is there; what is read is read, and nothing else."""
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
            told, usual = [
                await Door(process, None).post(path, b"", method=method, without=["content-type"])
                for process in (sockets, application)
            ]
            assert told.said == usual.said
            assert told.headers["content-type"] == usual.headers["content-type"]
            assert told.headers.get("allow") == usual.headers.get("allow")
            assert told.status == (200 if method in {"GET", "HEAD"} else 405)

    async def test_of_sockets_names_what_is_not_there(self) -> None:
        for path in ("/", "/v1/limits", "/livez/"):
            told = await Door(sockets, None).post(path, method="GET")
            assert (told.status, told.json()["code"]) == (404, "not-found")


class TestOperations:
    @pytest.mark.parametrize("hot", OPERATIONS, ids=lambda hot: hot.path)
    def test_have_a_twin_of_the_same_name_and_price(self, hot: HotOperation[Any]) -> None:
        match = resolve(hot.path.replace(hot.parameter, "some_1") if hot.parameter else hot.path)
        view: type[GatedView] = match.func.cls  # type: ignore[attr-defined]
        assert view.operations["post"] is hot.operation
        assert documented(match.route) == hot.path  # limits of a route count both doors together
