"""The end of a credential is announced and kept to."""

import asyncio
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async

from foundation import clock
from gateway.callers.authentication import VIEW_SECONDS, view_token
from gateway.doors.connections import CLOSES_IN_MS
from tests.conftest import Tenant
from tests.gateway.doors.connections.peers import (
    PATIENCE_S,
    Doors,
    behind_our_back,
    caller_of,
    listening,
)

pytestmark = pytest.mark.django_db(transaction=True)


class TestExpiry:
    async def test_is_announced_once_and_kept_to(self, tenant: Tenant, open_door: Doors) -> None:
        present = [clock.now()]
        door = open_door(look_again_s=0.02, now=lambda: present[0])
        live = await caller_of(tenant.live_key)
        ends_at = present[0] + timedelta(seconds=30)
        await sync_to_async(behind_our_back)(live, expires_at=ends_at)
        peer = await door.admit(live)
        await asyncio.wait_for(peer.warned.wait(), PATIENCE_S)
        present[0] = ends_at
        await peer.end_comes()
        assert peer.told == [("warn", "expired-key"), ("end", "expired-key")]
        assert peer.closes_in_ms == [30_000, CLOSES_IN_MS]

    async def test_beyond_the_next_minute_is_not_announced(
        self, tenant: Tenant, open_door: Doors
    ) -> None:
        door = open_door()
        live = await caller_of(tenant.live_key)
        later = clock.now() + timedelta(minutes=2)
        await sync_to_async(behind_our_back)(live, expires_at=later)
        peer = await door.admit(live)
        await listening(door, tenant)
        assert peer.told == []

    async def test_of_a_view_link_is_announced_and_kept_to(
        self, tenant: Tenant, open_door: Doors
    ) -> None:
        present = [clock.now()]
        door = open_door(look_again_s=0.02, now=lambda: present[0])
        caller = await caller_of(view_token(await caller_of(tenant.live_key)))
        peer, other = await door.admit(caller), await door.admit(await caller_of(tenant.live_key))
        present[0] += timedelta(seconds=VIEW_SECONDS - 30)
        await asyncio.wait_for(peer.warned.wait(), PATIENCE_S)
        assert (peer.told, peer.closes_in_ms) == ([("warn", "invalid-ticket")], [30_000])
        present[0] += timedelta(seconds=30)
        await peer.end_comes()
        assert other.told == []
