"""One rule for names of end users at every door; and nobody is counted twice for its coming."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.utils.crypto import get_random_string
from drf_spectacular.generators import SchemaGenerator
from pytest_django import Settings

from foundation import clock
from foundation.errors import BadRequest, TifoError
from gateway.admission import dry_run
from gateway.admission.steps import admit
from gateway.callers import authentication
from gateway.doors import end_users
from gateway.doors.sockets import admit_socket
from gateway.operations import reads
from gateway.outages import journal
from metering.end_users import PATTERN, normal
from metering.hashes import hash_users
from metering.models import UsageMonth
from metering.queries import active_users
from metering.services import record_active_users
from tests.conftest import Api, Tenant, hold_at, slow_rate
from tests.doors import Doors
from tests.gateway.away import database_away
from tests.metering.test_end_users import KEPT, REFUSED, SAME

Client = Callable[[str | None], Api]
database = pytest.mark.django_db(transaction=True)
FREE = reads("usage:read")
EVENTS = "/v1/usage/events"
WRONG = [name for names in REFUSED.values() for name in names if len(name) < 1_000]


def mau(tenant: Tenant) -> int:
    return active_users(tenant.organisation, livemode=True, now=clock.now())


def wire(name: str) -> str:
    """What WSGI makes of a header in UTF-8."""
    return name.encode("utf-8", "surrogatepass").decode("latin-1")


def interaction(name: Any) -> dict[str, Any]:
    told = {"id": get_random_string(12), "kind": "skip", "at": clock.now().isoformat()}
    return {"kiosk": "kio_none", "interactions": [{**told, "end_user": name}]}


@database
class TestSpellings:
    @pytest.fixture(autouse=True)
    def calls(self, tenant: Tenant) -> None:
        slow_rate(tenant, "requests", burst=1_000)

    @pytest.mark.parametrize("name", SAME)
    async def test_are_one_person_at_every_door(
        self, doors: Doors, tenant: Tenant, name: str
    ) -> None:
        for spelling in SAME[name]:
            for door in (doors.hot, doors.twin):
                body = {"end_users": [spelling, name]}
                assert (await door.post(EVENTS, body)).json() == {"accepted": 1}
                await door.post("/v1/interactions", interaction(spelling))
            await socket_of(tenant, spelling.encode())
            await sync_to_async(header)(tenant, spelling)
        assert await sync_to_async(mau)(tenant) == 1

    async def test_in_a_header_may_be_latin_1(self, tenant: Tenant) -> None:
        for given in ("zoë".encode(), "zoë".encode("latin-1")):
            await socket_of(tenant, given)
        await sync_to_async(header)(tenant, "zoë")
        assert await sync_to_async(mau)(tenant) == 1

    @pytest.mark.parametrize("name", KEPT)
    async def test_that_are_kept_count_alone(self, doors: Doors, tenant: Tenant, name: str) -> None:
        for door in (doors.hot, doors.twin):
            assert (await door.post(EVENTS, {"end_users": [name]})).status == 202
        assert await sync_to_async(mau)(tenant) == 1


def header(tenant: Tenant, name: str) -> None:
    told = Api(tenant.live_key).get("/v1/organisation", **{"Tifo-End-User": wire(name)})
    assert told.status_code == 200


async def socket_of(tenant: Tenant, name: bytes) -> None:
    scope = {
        "type": "websocket",
        "path": "/v1/events",
        "headers": [
            (b"authorization", f"Bearer {tenant.live_key}".encode()),
            (b"tifo-end-user", name),
        ],
    }
    await admit_socket(scope, reads("events:read"), now=clock.now())


@database
class TestANameThatNobodyHas:
    @pytest.mark.parametrize("name", WRONG, ids=ascii)
    async def test_is_refused_in_a_body(self, doors: Doors, tenant: Tenant, name: str) -> None:
        for path, body in (
            (EVENTS, {"end_users": ["ana", name]}),
            ("/v1/interactions", interaction(name)),
        ):
            for door in (doors.hot, doors.twin):
                refused = await door.post(path, json.dumps(body).encode())
                assert (refused.status, refused.json()["code"]) == (400, "invalid")
                [error] = refused.json()["errors"]
                assert error["pointer"].startswith(("/end_users/1", "/interactions/0/end_user"))
        assert await sync_to_async(mau)(tenant) == 0

    @pytest.mark.parametrize("name", WRONG, ids=ascii)
    async def test_is_refused_in_a_header(self, doors: Doors, tenant: Tenant, name: str) -> None:
        if name in {"\ud800", "é\udfff"}:
            name = "a\tb"  # nobody can write half a pair in UTF-8
        refused = await sync_to_async(Api(tenant.live_key).get)(
            "/v1/organisation", **{"Tifo-End-User": wire(name)}
        )
        assert (refused.status_code, refused.json()["code"]) == (400, "invalid")
        with pytest.raises(TifoError) as told:
            await socket_of(tenant, name.encode())
        assert told.value.code == "invalid"
        assert await sync_to_async(mau)(tenant) == 0

    @pytest.mark.parametrize("value", [7, 7.5, True, None, ["ana"], {"a": "b"}])
    @pytest.mark.parametrize("path", [EVENTS, "/v1/interactions", "/v1/limits/simulate"])
    async def test_is_no_text(self, doors: Doors, tenant: Tenant, path: str, value: Any) -> None:
        body: dict[str, Any] = {
            EVENTS: {"end_users": [value]},
            "/v1/interactions": interaction(value),
            "/v1/limits/simulate": {"cost": {"requests": 1}, "calls": 1, "end_user": value},
        }[path]
        for door in (doors.hot, doors.twin) if path != "/v1/limits/simulate" else ():
            refused = await door.post(path, body)
            assert (refused.status, refused.json()["code"]) == (400, "invalid")
        refused_at = await sync_to_async(Api(tenant.live_key).post)(path, body)
        assert (refused_at.status_code, refused_at.json()["code"]) == (400, "invalid")

    def test_is_refused_in_a_query(self, api: Client, tenant: Tenant) -> None:
        refused = api(tenant.live_key).get("/v1/limits?end_user=a%09b")
        assert refused.json()["errors"][0]["pointer"] == "/end_user"


def count_as_before(tenant: Tenant, *names: str) -> None:
    """As the release before did it: each spelling by itself."""
    now = clock.now()
    record_active_users(
        organisation=tenant.organisation,
        livemode=True,
        users=hash_users(tenant.organisation.pk, names, livemode=True, now=now),
        now=now,
    )


FORMER = ["zoe\u0308", "zoë\u200b", "\ufeffzoë"]


@database
class TestWhoWasCountedBefore:
    """Under another spelling, in the month in which names became normal."""

    @pytest.mark.parametrize("former", FORMER)
    async def test_is_not_counted_again(self, doors: Doors, tenant: Tenant, former: str) -> None:
        await sync_to_async(count_as_before)(tenant, former)
        for _ in range(2):
            for door in (doors.hot, doors.twin):
                await door.post(EVENTS, {"end_users": [former, "ana"]})
            await socket_of(tenant, former.encode())
            await sync_to_async(header)(tenant, former)
            await door.post(EVENTS, {"end_users": ["zoë", former]})
        assert await sync_to_async(mau)(tenant) == 2

    def test_is_not_counted_again_after_an_outage(
        self, tenant: Tenant, settings: Settings, tmp_path: Any
    ) -> None:
        settings.JOURNAL_FOLDER = tmp_path
        journal.journal.cache_clear()
        count_as_before(tenant, *FORMER[:1])
        now = clock.now()
        caller = authentication.from_token(tenant.live_key, now=now)
        caller = admit(caller, FREE, now=now).caller
        with database_away():
            names = [normal(name) for name in (FORMER[0], "ana")]
            admit(caller, FREE, now=now, end_users=names)
        assert journal.journal().replay(now=now) == 1
        assert mau(tenant) == 2
        journal.journal.cache_clear()

    def test_meets_no_cap(self, tenant: Tenant) -> None:
        count_as_before(tenant, *FORMER[:1])
        hold_at(tenant, 9_999)
        UsageMonth.objects.update(mau=9_999)
        now = clock.now()
        caller = authentication.from_token(tenant.live_key, now=now)
        same, other = ([normal(name)] for name in (FORMER[0], "eva\u0301"))
        assert dry_run.decide(caller, FREE, now=now, end_users=same).problem is None
        refused = dry_run.decide(caller, FREE, now=now, end_users=other).problem
        assert refused is not None
        assert refused.code == "mau-limit-reached"
        admit(caller, FREE, now=now, end_users=same)
        with pytest.raises(TifoError, match="users"):
            admit(caller, FREE, now=now, end_users=other)


class TestTheDocument:
    def test_says_what_the_doors_take(self) -> None:
        document = SchemaGenerator().get_schema(request=None, public=True)
        parameters = document["paths"]["/v1/keys"]["get"]["parameters"]
        [named] = [each["schema"] for each in parameters if each["name"] == end_users.HEADER]
        assert named == {"type": "string", "minLength": 1, "maxLength": 200, "pattern": PATTERN}
        events = document["components"]["schemas"]["RecordUsageEventsRequest"]
        assert events["properties"]["end_users"]["items"] == named
        interactions = document["components"]["schemas"]["InteractionRequest"]
        assert named.items() <= interactions["properties"]["end_user"].items()


@database
class TestTwoHeaders:
    async def test_are_refused_at_every_door(self, doors: Doors, tenant: Tenant) -> None:
        twice = [(b"tifo-end-user", b"ana"), (b"tifo-end-user", b"bo")]
        for door in (doors.hot, doors.twin):
            refused = await door.post(EVENTS, {"end_users": ["cy"]}, more=twice)
            assert (refused.status, refused.json()["code"]) == (400, "bad-request")
        key = (b"authorization", f"Bearer {tenant.live_key}".encode())
        for headers in ([key, *twice], [key, key]):
            scope = {"path": "/v1/events", "headers": headers, "client": ("127.0.0.1", 1)}
            with pytest.raises(BadRequest):
                await admit_socket(scope, FREE, now=clock.now())
        assert await sync_to_async(mau)(tenant) == 0

    async def test_are_not_one_with_a_comma(self, doors: Doors, tenant: Tenant) -> None:
        for door in (doors.hot, doors.twin):
            done = await door.post(EVENTS, {"end_users": ["cy"]}, tifo_end_user="Vidal, Ana")
            assert done.status == 202
        assert await sync_to_async(mau)(tenant) == 2
