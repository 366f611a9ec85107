"""The watch over connections lasts as long as there are any."""

import asyncio

import pytest

from gateway.callers.changes import CHANNEL
from gateway.stores import async_store
from tests.conftest import Tenant
from tests.gateway.doors.connections.peers import Doors, caller_of, listening, revoke

pytestmark = pytest.mark.django_db(transaction=True)


class TestTheWatch:
    async def test_ends_with_the_last_connection_and_begins_with_the_next(
        self, tenant: Tenant, open_door: Doors
    ) -> None:
        door = open_door()
        live = await caller_of(tenant.live_key)
        before = asyncio.all_tasks()
        for _ in range(20):
            await door.admit(live)
            await door.leave()
        assert asyncio.all_tasks() == before
        peer = await door.admit(live)
        await revoke(tenant, live)
        await peer.end_comes()

    async def test_outlives_news_that_it_does_not_understand(
        self, tenant: Tenant, open_door: Doors
    ) -> None:
        door = open_door()
        live = await caller_of(tenant.live_key)
        peer = await door.admit(live)
        await listening(door, tenant)
        await async_store().execute("PUBLISH", CHANNEL, "gibberish")
        await revoke(tenant, live)
        await peer.end_comes()
