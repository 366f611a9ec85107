"""Events over plain HTTP: what is told, from where it goes on, when it ends, and who is refused."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator

from foundation import clock
from foundation.events.models import Event
from foundation.events.sockets import Audience, Message, send
from foundation.models import StoredFile
from gateway.doors import streams
from jobs.models import Job
from jobs.services import cancel, enqueue
from tenants.limits import Algorithm
from tenants.models import ContractLimit
from tenants.services.keys import revoke_key
from tenants.services.organisations import create_organisation
from tests.conftest import Tenant
from tests.listening import committed
from tifo.routing import streaming

pytestmark = pytest.mark.django_db
PATIENCE_S = 5.0
Line: Any = ApplicationCommunicator  # its methods carry no types


@pytest.fixture
def tenant(db: None) -> Iterator[Tenant]:
    organisation, live, test = committed(
        create_organisation, name="Terrace Labs", email="dev@terrace.example", now=clock.now()
    )
    yield Tenant(organisation, live, test)
    its_files = StoredFile.objects.filter(organisation_id=organisation.pk)
    committed(organisation.delete)
    committed(its_files.delete)  # which go with nobody


async def elsewhere(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 418, "headers": []})
    await send({"type": "http.response.body", "body": b"{}"})


async def twins(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 299, "headers": []})
    await send({"type": "http.response.body", "body": b"{}"})


class Stream:
    """Reads an answer that goes on, as a client would."""

    def __init__(self, token: str | None, path: str, method: str = "GET", **more: str) -> None:
        sent = ({"authorization": f"Bearer {token}"} if token else {}) | more
        headers = [
            (name.replace("_", "-").encode(), value.encode()) for name, value in sent.items()
        ]
        scope = {"type": "http", "method": method, "path": path, "headers": headers}
        application = streaming(elsewhere, twins=twins)
        self._line = Line(application, scope | {"query_string": b""})
        self._unread = ""

    async def __aenter__(self) -> "Stream":
        await self._line.send_input({"type": "http.request", "body": b"", "more_body": False})
        started = await self._line.receive_output(PATIENCE_S)
        self.status = started["status"]
        self.headers = {name.decode(): value.decode() for name, value in started["headers"]}
        return self

    async def __aexit__(self, *failed: object) -> None:
        await self._line.send_input({"type": "http.disconnect"})
        await self._line.wait(PATIENCE_S)

    async def block(self) -> dict[str, str]:
        """The next event by its fields; empty at the answer's end."""
        while "\n\n" not in self._unread:
            body = await self._line.receive_output(PATIENCE_S)
            self._unread += body["body"].decode()
            if not body.get("more_body"):
                return {}
        block, _, self._unread = self._unread.partition("\n\n")
        fields = [line.partition(": ") for line in block.split("\n")]
        return {name: value for name, _, value in fields}

    async def event(self) -> tuple[str, dict[str, Any]]:
        """The next event's name and data, beats left out."""
        while not (found := await self.block()) or "event" not in found:
            assert found
        return found["event"], json.loads(found["data"]) | {"@": found.get("id")}

    async def problem(self) -> dict[str, Any]:
        body: dict[str, Any] = json.loads((await self._line.receive_output(PATIENCE_S))["body"])
        return body


def make(tenant: Tenant, **payload: Any) -> Job:
    job: Job = committed(
        enqueue, organisation=tenant.organisation, livemode=False, kind="test.echo",
        payload=payload, accelerator="cpu", now=clock.now(),
    )  # fmt: skip
    return job


def end(tenant: Tenant, job: Job) -> None:
    committed(
        cancel, organisation=tenant.organisation, job_id=job.pk, livemode=False, now=clock.now()
    )


def revoke_all(tenant: Tenant) -> None:
    for key in tenant.organisation.keys.all():
        revoke_key(organisation=tenant.organisation, key_id=key.pk, now=clock.now())


class TestAllEvents:
    async def test_are_told_as_they_happen_with_the_ids_of_the_outbox(self, tenant: Tenant) -> None:
        async with Stream(tenant.test_key, "/v1/events") as stream:
            assert (stream.status, stream.headers["content-type"]) == (200, "text/event-stream")
            assert stream.headers["cache-control"] == "no-store"
            assert await stream.block() == {"retry": "2000"}
            assert (await stream.event())[0] == "hello"
            job = await sync_to_async(make)(tenant)
            kind, told = await stream.event()
        assert (kind, told["id"], told["state"]) == ("job", job.pk, "queued")
        kept = await sync_to_async(committed)(Event.objects.get, pk=told["@"])
        assert kept.type == "job.queued"

    async def test_go_on_behind_the_last_one_that_was_heard(self, tenant: Tenant) -> None:
        first = await sync_to_async(make)(tenant)
        [last] = await sync_to_async(committed)(
            lambda: list(Event.objects.filter(data__id=first.pk).values_list("pk", flat=True))
        )
        second = await sync_to_async(make)(tenant)
        async with Stream(tenant.test_key, "/v1/events", last_event_id=last) as stream:
            told = [await stream.event() for _ in range(2)]
        states = [(kind, each.get("id"), each.get("state")) for kind, each in told]
        assert states == [("job", second.pk, "queued"), ("hello", None, None)]

    async def test_tell_of_a_gap_where_the_last_one_is_not_known(self, tenant: Tenant) -> None:
        async with Stream(tenant.test_key, "/v1/events", last_event_id="evt_x") as stream:
            kind, told = await stream.event()
        assert (kind, told["after"]) == ("gap", "evt_x")

    async def test_are_kept_open_by_beats(
        self, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(streams, "HEARTBEAT_S", 0.01)
        async with Stream(tenant.test_key, "/v1/events") as stream:
            await stream.event()
            assert await stream.block() == {":": ""}

    async def test_end_with_the_key(self, tenant: Tenant) -> None:
        async with Stream(tenant.test_key, "/v1/events") as stream:
            await stream.event()
            await sync_to_async(committed)(revoke_all, tenant)
            kinds = [(await stream.event())[0] for _ in range(2)]
            assert await stream.block() == {}
        assert kinds == ["warning", "problem"]


class TestAJobsEvents:
    async def test_begin_with_its_state_and_end_with_its_end(self, tenant: Tenant) -> None:
        job = await sync_to_async(make)(tenant)
        async with Stream(tenant.test_key, f"/v1/jobs/{job.pk}/events") as stream:
            first = await stream.event()
            await sync_to_async(make)(tenant)  # of which nothing is told here
            await sync_to_async(end)(tenant, job)
            last = await stream.event()
            assert await stream.block() == {}
        assert [each[1]["state"] for each in (first, last)] == ["queued", "aborted"]
        assert {each[1]["id"] for each in (first, last)} == {job.pk}

    async def test_of_one_that_has_ended_are_its_state_alone(self, tenant: Tenant) -> None:
        job = await sync_to_async(make)(tenant)
        await sync_to_async(end)(tenant, job)
        async with Stream(tenant.test_key, f"/v1/jobs/{job.pk}/events") as stream:
            assert (await stream.event())[1]["state"] == "aborted"
            assert await stream.block() == {}

    async def test_end_although_the_news_is_lost(
        self, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(streams, "HEARTBEAT_S", 0.05)
        job = await sync_to_async(make)(tenant)
        async with Stream(tenant.test_key, f"/v1/jobs/{job.pk}/events") as stream:
            assert (await stream.event())[1]["state"] == "queued"
            gone = Job.objects.filter(pk=job.pk)
            await sync_to_async(committed)(gone.update, state=Job.State.DEAD)
            assert (await stream.event())[1]["state"] == "dead"
            assert await stream.block() == {}


class TestWhoIsRefused:
    @pytest.mark.parametrize(
        ("path", "status", "code"),
        [
            ("/v1/events", 401, "unauthorized"),
            ("/v1/jobs/job_06a7x2mQ9sKd4TzB1vLfYe/events", 401, "unauthorized"),
        ],
    )
    async def test_is_told_by_a_problem(
        self, tenant: Tenant, path: str, status: int, code: str
    ) -> None:
        async with Stream(None, path) as stream:
            told = await stream.problem()
        assert (stream.status, told["code"]) == (status, code)
        assert stream.headers["content-type"] == "application/problem+json"
        assert told["request_id"] == stream.headers["x-request-id"]

    async def test_asks_for_another_mode_s_job(self, tenant: Tenant) -> None:
        job = await sync_to_async(make)(tenant)
        async with Stream(tenant.live_key, f"/v1/jobs/{job.pk}/events") as stream:
            assert (await stream.problem())["code"] == "not-found"

    async def test_is_one_socket_too_many(self, tenant: Tenant) -> None:
        await sync_to_async(committed)(
            ContractLimit.objects.create, organisation=tenant.organisation, name="open-sockets",
            counts="sockets", algorithm=Algorithm.CONCURRENCY, unit="socket", quantity=1,
            per_ms=60_000,
        )  # fmt: skip
        async with Stream(tenant.test_key, "/v1/events") as stream:
            assert stream.status == 200
            async with Stream(tenant.test_key, "/v1/events") as another:
                assert another.status == 429
                assert (await another.problem())["code"] == "quota-exceeded"
        async with Stream(tenant.test_key, "/v1/events") as stream:
            assert stream.status == 200  # the place was given back

    async def test_is_elsewhere_with_another_address(self) -> None:
        async with Stream(None, "/v1/jobs") as stream:
            assert stream.status == 418


class TestNoise:
    async def test_of_other_modes_is_not_heard(self, tenant: Tenant) -> None:
        async with Stream(tenant.test_key, "/v1/events") as stream:
            await stream.event()
            for livemode in (True, False):
                group = Audience(tenant.organisation.pk, livemode).group
                await send([Message(group, {"type": "toy", "live": livemode})])
            kind, told = await stream.event()
        assert (kind, told["live"], told["@"]) == ("toy", False, None)
