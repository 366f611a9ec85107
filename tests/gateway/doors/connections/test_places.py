"""How many may be connected at a time, with Redis and without it."""

import asyncio
import time
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.db.models import Sum

from foundation import clock
from gateway.admission import refusal_log
from gateway.models import RefusalCount
from gateway.refusals import QuotaExceeded, ReducedCapacity
from tests.conftest import Tenant
from tests.gateway.doors.connections.peers import LEASE_S, Doors, caller_of, revoke, until
from tests.ratelimit.servers import RedisServer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.usefixtures("two_sockets")
class TestPlaces:
    async def test_are_as_many_as_the_limit_says(self, tenant: Tenant, open_door: Doors) -> None:
        here, there = open_door(), open_door()
        caller = await caller_of(tenant.live_key)
        await here.admit(caller)
        await there.admit(caller)
        with pytest.raises(QuotaExceeded) as refused:
            await here.admit(caller)
        assert refused.value.facts["violated-policies"] == ["open-sockets"]
        await there.leave()
        await here.admit(caller)

    async def test_are_kept_beyond_one_lease(self, tenant: Tenant, open_door: Doors) -> None:
        door = open_door()
        caller = await caller_of(tenant.live_key)
        peers = [await door.admit(caller), await door.admit(caller)]
        await asyncio.sleep(2 * LEASE_S)
        with pytest.raises(QuotaExceeded):
            await door.admit(caller)
        assert [peer.told for peer in peers] == [[], []]

    async def test_that_others_have_taken_end_the_connection(
        self, tenant: Tenant, open_door: Doors
    ) -> None:
        door, others = open_door(), open_door()
        caller = await caller_of(tenant.live_key)
        peer = await door.admit(caller)
        stand_still(2 * LEASE_S)
        await asyncio.gather(others.admit(caller), others.admit(caller))
        await peer.end_comes()
        assert peer.told == [("end", "quota-exceeded")]


def stand_still(seconds: float) -> None:
    """What a starved process does: its event loop serves nobody, and no place is renewed."""
    time.sleep(seconds)


def degraded(tenant: Tenant) -> list[tuple[str, int]]:
    refusal_log.flush()
    rows = RefusalCount.objects.filter(organisation=tenant.organisation, kind="degraded")
    # A row is of an hour, and the test may see two of them.
    return list(rows.order_by().values_list("policy").annotate(Sum("count")))


class TestWithoutRedis:
    @pytest.mark.usefixtures("two_sockets")
    async def test_connections_go_on_and_new_ones_are_told_to_wait(
        self, tenant: Tenant, mortal: RedisServer, open_door: Doors
    ) -> None:
        present = [clock.now()]
        door = open_door(look_again_s=0.05, now=lambda: present[0])
        caller = await caller_of(tenant.live_key)
        peer = await door.admit(caller)
        mortal.kill()
        await asyncio.sleep(2 * LEASE_S)
        with pytest.raises(ReducedCapacity):
            await door.admit(caller)
        assert peer.told == []
        assert await sync_to_async(degraded)(tenant) == [("sockets", 1)]
        present[0] += timedelta(minutes=1)
        await asyncio.sleep(LEASE_S)
        assert await sync_to_async(degraded)(tenant) == [("sockets", 2)]
        mortal.start()
        await asyncio.to_thread(until, lambda: mortal.client().dbsize() > 0)
        await door.admit(caller)
        with pytest.raises(QuotaExceeded):  # for the first has taken its place again
            await door.admit(caller)
        assert peer.told == []

    async def test_a_revoked_key_is_found_by_the_rounds(
        self, tenant: Tenant, mortal: RedisServer, open_door: Doors
    ) -> None:
        door = open_door(look_again_s=0.05)
        live = await caller_of(tenant.live_key)
        peer = await door.admit(live)
        mortal.kill()
        await revoke(tenant, live)
        await peer.end_comes()
        assert peer.told == [("end", "revoked-key")]
