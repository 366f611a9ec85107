"""A body is read as REST reads it, or is its twin's."""

import json
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from hypothesis import given
from hypothesis import strategies as st

from apps.account.api.metering.events import RecordUsageEventsSerializer
from apps.account.hot import UsageEvents
from foundation import clock
from gateway.doors.front import Front
from gateway.doors.hot import Call, Unusual
from tests.conftest import NOBODY, Tenant, slow_rate
from tests.doors import Doors
from tests.gateway.doors.front.calls import CURIOUS, EVENTS, PLAIN, named, users
from tifo.hot import OPERATIONS

database = pytest.mark.django_db(transaction=True)
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
