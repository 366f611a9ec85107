"""How many sessions may be heard at once: by the tier, and by the process."""

import asyncio
import time
from contextlib import AsyncExitStack

import pytest
from asgiref.sync import sync_to_async

from apps.live_audio_feedback.models import LiveSession
from apps.live_audio_feedback.sockets import StreamSocket
from apps.live_audio_feedback.streams.hub import Hub
from foundation.clock import now
from gateway.admission.places import Place
from gateway.callers.authentication import from_token
from tenants.limits import Algorithm
from tenants.models import ContractLimit
from tests.conftest import Tenant
from tests.live_audio_feedback.client import Socket, application
from tests.live_audio_feedback.conftest import OpenSession

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("sockets"),
]
LEASE_S = 0.4


@pytest.fixture
def one_place(tenant: Tenant) -> None:
    """A contract of one session at a time, under a lease of `LEASE_S`."""
    ContractLimit.objects.create(
        organisation=tenant.organisation,
        name="live_sessions",
        algorithm=Algorithm.CONCURRENCY,
        unit="session",
        quantity=1,
        per_ms=round(LEASE_S * 1000),
    )


@pytest.fixture
def sessions(open_session: OpenSession) -> list[LiveSession]:
    return [open_session() for _ in range(6)]


def stand_still(seconds: float) -> None:
    """What a starved process does: its event loop serves nobody, and no place is renewed."""
    time.sleep(seconds)


async def answer(app: StreamSocket, session: LiveSession, tenant: Tenant) -> str:
    """What a client is told that connects and leaves at once."""
    async with Socket(app, session.pk, key=tenant.live_key) as socket:
        return await socket.answer()


class TestPlaces:
    async def test_of_the_first_tier_are_five(
        self, tenant: Tenant, sessions: list[LiveSession]
    ) -> None:
        app = application()
        async with AsyncExitStack() as stack:
            for session in sessions[:5]:
                socket = Socket(app, session.pk, key=tenant.live_key)
                await stack.enter_async_context(socket)
                await socket.receive("hello")
            async with Socket(app, sessions[5].pk, key=tenant.live_key) as sixth:
                assert await sixth.closed() == 4429
            error = sixth.last("error")
            assert error["code"] == "quota-exceeded"
            assert error["violated-policies"] == ["live_sessions"]
            assert (error["policies"][0]["limit"], error["policies"][0]["used"]) == (5, 5)
            # Another zone of a session that is heard already takes no place of its own.
            async with Socket(app, sessions[0].pk, "south", key=tenant.live_key) as zone:
                assert await zone.answer() == "hello"
        assert await answer(app, sessions[5], tenant) == "hello"

    @pytest.mark.usefixtures("one_place")
    async def test_are_held_beyond_one_lease_while_somebody_streams(
        self, tenant: Tenant, sessions: list[LiveSession]
    ) -> None:
        app = application()
        async with Socket(app, sessions[0].pk, key=tenant.live_key) as socket:
            await socket.receive("hello")
            await asyncio.sleep(2 * LEASE_S)
            assert await answer(app, sessions[1], tenant) == "quota-exceeded"

    @pytest.mark.usefixtures("one_place")
    async def test_are_free_one_lease_after_their_process_died(
        self, tenant: Tenant, sessions: list[LiveSession]
    ) -> None:
        caller = await sync_to_async(from_token)(tenant.live_key, now=now())
        died = Place(caller, "live_sessions", sessions[0].pk, "prc_died")
        await died.take(now())
        assert await answer(application(), sessions[1], tenant) == "quota-exceeded"
        await asyncio.sleep(LEASE_S)
        assert await answer(application(), sessions[1], tenant) == "hello"

    @pytest.mark.usefixtures("one_place")
    async def test_outlive_the_first_of_two_processes_that_hold_them(
        self, tenant: Tenant, sessions: list[LiveSession]
    ) -> None:
        here, there = application(), application()
        async with Socket(here, sessions[0].pk, key=tenant.live_key) as socket:
            await socket.receive("hello")
            assert await answer(there, sessions[0], tenant) == "hello"
            assert await answer(there, sessions[1], tenant) == "quota-exceeded"
        assert await answer(there, sessions[1], tenant) == "hello"

    @pytest.mark.usefixtures("one_place")
    async def test_pass_from_a_stream_that_leaves_to_one_that_comes_just_then(
        self, tenant: Tenant, sessions: list[LiveSession]
    ) -> None:
        caller = await sync_to_async(from_token)(tenant.live_key, now=now())
        hub = Hub(2, now)
        first = await hub.join(caller, sessions[0], "north")
        _, second = await asyncio.gather(hub.leave(first), hub.join(caller, sessions[0], "south"))
        await asyncio.sleep(1.5 * LEASE_S)
        assert await answer(application(), sessions[1], tenant) == "quota-exceeded"
        await hub.leave(second)
        assert await answer(application(), sessions[1], tenant) == "hello"

    @pytest.mark.usefixtures("one_place")
    async def test_that_were_lost_end_the_streams_in_them(
        self, tenant: Tenant, sessions: list[LiveSession]
    ) -> None:
        caller = await sync_to_async(from_token)(tenant.live_key, now=now())
        async with Socket(application(), sessions[0].pk, key=tenant.live_key) as socket:
            await socket.receive("hello")
            stand_still(2 * LEASE_S)
            await Place(caller, "live_sessions", sessions[1].pk, "prc_other").take(now())
            assert await socket.closed() == 4429
        assert socket.last("error")["code"] == "quota-exceeded"


class TestServer:
    async def test_says_when_it_is_full(self, tenant: Tenant, session: LiveSession) -> None:
        app = application(capacity=1)
        async with Socket(app, session.pk, key=tenant.live_key) as first:
            await first.receive("hello")
            async with Socket(app, session.pk, "south", key=tenant.live_key) as second:
                assert await second.closed() == 4503
            assert second.last("error")["code"] == "server-full"
        assert await answer(app, session, tenant) == "hello"

    async def test_charges_a_connection_as_a_request(
        self, tenant: Tenant, session: LiveSession
    ) -> None:
        await ContractLimit.objects.acreate(
            organisation=tenant.organisation,
            name="requests",
            algorithm=Algorithm.RATE,
            unit="request",
            quantity=1,
            per_ms=600_000,
            burst=1,
        )
        app = application()
        assert await answer(app, session, tenant) == "hello"
        assert await answer(app, session, tenant) == "quota-exceeded"
