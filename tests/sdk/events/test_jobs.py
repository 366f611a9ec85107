"""A job's events by the client, from the server that users meet, over a line that breaks."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from foundation import clock
from gateway.doors import streams
from jobs import services
from jobs.models import Job
from jobs.registry import Result
from tenants.limits import Algorithm
from tenants.models import ContractLimit
from tests.account.events.test_streams import end, make, revoke_all, tenant
from tests.conftest import Tenant
from tests.jobs.work import execute
from tests.listening import committed
from tests.live_audio_feedback.server import serving
from tests.sdk.test_transport import HOST, KEY
from tifo_client import Tifo, errors
from tifo_client.events.heard import JobEvent
from tifo_client.events.jobs import JobEvents

__all__ = ["tenant"]
database = pytest.mark.django_db
A_JOB = "job_06a7x2mQ9sKd4TzB1vLfYe"
PATIENCE_S = 10.0
Next = Callable[[JobEvents], Any]


class Cable:
    """Carries bytes to a server until it is cut; it can be used again at once."""

    def __init__(self, to: str) -> None:
        self._host, _, self._port = to.partition(":")
        self._lines: set[asyncio.StreamWriter] = set()
        self.uses = 0

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.uses += 1
        there, back = await asyncio.open_connection(self._host, int(self._port))
        self._lines |= {writer, back}
        with suppress(OSError):
            await asyncio.gather(_pour(reader, back), _pour(there, writer))
        self._lines -= {writer, back}

    def cut(self) -> None:
        for line in self._lines:
            line.transport.abort()


async def _pour(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while piece := await source.read(4_096):
        target.write(piece)
        await target.drain()
    target.close()


@asynccontextmanager
async def platform() -> AsyncIterator[tuple[str, Cable]]:
    """The address of a real server, at the end of a cable."""
    async with serving() as address:
        cable = Cable(address)
        server = await asyncio.start_server(cable.carry, "127.0.0.1", 0)
        try:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", cable
        finally:
            cable.cut()
            server.close()


async def in_thread(events: JobEvents) -> JobEvent | None:
    return await asyncio.wait_for(asyncio.to_thread(next, events, None), PATIENCE_S)


async def in_loop(events: JobEvents) -> JobEvent | None:
    with suppress(StopAsyncIteration):
        return await asyncio.wait_for(anext(events), PATIENCE_S)
    return None


each_way = pytest.mark.parametrize("following", [in_thread, in_loop])


async def do(act: Callable[..., Any], *given: Any, **named: Any) -> Any:
    return await sync_to_async(committed)(act, *given, **named)


def begin(job: Job) -> Job:
    found = services.claim(job.queue, by=services.Claimer(), now=clock.now())
    assert found is not None
    return found


def told(event: JobEvent | None) -> tuple[str, int] | None:
    return None if event is None else (event.state, event.attempt)


@database
class TestAJobsEvents:
    @each_way
    async def test_are_typed_and_end_with_it(self, tenant: Tenant, following: Next) -> None:
        job = await sync_to_async(make)(tenant, text="olé")
        async with platform() as (address, cable):
            with Tifo(tenant.test_key, address) as tifo:
                events = tifo.jobs.events(job.pk)
                first = await following(events)
                await do(execute, job.pk)
                rest = [await following(events) for _ in range(3)]
        assert first == JobEvent(job.pk, "test.echo", "queued", 0.0, "cpu", 0, first.id)
        assert [told(each) for each in rest] == [("running", 1), ("succeeded", 1), None]
        assert all(each.id.startswith("evt_") for each in rest if each)
        assert cable.uses == 1

    @each_way
    async def test_go_on_behind_the_last_that_was_heard(
        self, tenant: Tenant, following: Next, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(streams, "RETRY_MS", 400)
        job = await sync_to_async(make)(tenant, text="olé")
        async with platform() as (address, cable):
            with Tifo(tenant.test_key, address) as tifo:
                events = tifo.jobs.events(job.pk)
                heard = [told(await following(events))]
                running = await do(begin, job)
                heard.append(told(await following(events)))
                cable.cut()
                await do(services.let_go, running, now=clock.now(), blamed=False)
                running = await do(begin, job)
                await do(services.succeed, running, Result(), now=clock.now())
                heard += [told(await following(events)) for _ in range(3)]
        assert heard == [("queued", 0), ("running", 1), ("running", 2), ("succeeded", 2), None]
        assert cable.uses == 2

    @each_way
    async def test_end_with_the_key(self, tenant: Tenant, following: Next) -> None:
        job = await sync_to_async(make)(tenant)
        async with platform() as (address, _):
            with Tifo(tenant.test_key, address) as tifo:
                events = tifo.jobs.events(job.pk)
                await following(events)
                await do(revoke_all, tenant)
                with pytest.raises(errors.Unauthorized) as ended:
                    await following(events)
        assert ended.value.code == "revoked-key"
        assert [each["code"] for each in events.warnings] == ["revoked-key"]

    @each_way
    async def test_leave_their_place_when_they_are_closed(
        self, tenant: Tenant, following: Next
    ) -> None:
        await do(
            ContractLimit.objects.create, organisation=tenant.organisation, name="open-sockets",
            counts="sockets", algorithm=Algorithm.CONCURRENCY, unit="socket", quantity=1,
            per_ms=60_000,
        )  # fmt: skip
        job = await sync_to_async(make)(tenant)
        async with platform() as (address, _):
            with Tifo(tenant.test_key, address) as tifo:
                first = tifo.jobs.events(job.pk)
                await following(first)
                with pytest.raises(errors.QuotaExceeded):
                    await following(tifo.jobs.events(job.pk, reconnect_s=0))
                await (first.aclose() if following is in_loop else asyncio.to_thread(first.close))
                second = tifo.jobs.events(job.pk)
                assert told(await following(second)) == ("queued", 0)
                await do(end, tenant, job)
                assert told(await following(second)) == ("aborted", 0)

    @each_way
    async def test_of_no_job_are_refused(self, tenant: Tenant, following: Next) -> None:
        async with platform() as (address, _):
            with Tifo(tenant.test_key, address) as tifo, pytest.raises(errors.NotFound):
                await following(tifo.jobs.events(A_JOB))

    @each_way
    async def test_of_nobody_are_not_waited_for(self, tenant: Tenant, following: Next) -> None:
        with (
            Tifo(tenant.test_key, "http://127.0.0.1:9") as tifo,
            pytest.raises(errors.ConnectionFailed),
        ):
            await following(tifo.jobs.events(A_JOB))


def test_are_waited_for_no_less_than_not_at_all() -> None:
    with Tifo(KEY, HOST) as tifo, pytest.raises(ValueError, match="reconnect_s must not be under"):
        tifo.jobs.events(A_JOB, reconnect_s=-1.0)
