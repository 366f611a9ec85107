"""News of a key ends what it opened, and lost news is made up for."""

import asyncio
import json
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.db import connection as database

from foundation import clock
from foundation.http import requests
from gateway.callers.changes import CHANNEL
from gateway.doors.connections import CLOSES_IN_MS
from gateway.stores import async_store
from tenants.models import Organisation
from tenants.services.organisations import change_organisation
from tests.conftest import Tenant
from tests.gateway.away import NOWHERE
from tests.gateway.doors.connections.peers import (
    PATIENCE_S,
    Doors,
    behind_our_back,
    caller_of,
    listening,
    revoke,
    until,
)
from tests.ratelimit.servers import RedisServer

pytestmark = pytest.mark.django_db(transaction=True)


async def news_without_end(tenant: Tenant) -> None:
    news = json.dumps({"organisation": tenant.organisation.pk, "epoch": 1})
    while True:
        await async_store().execute("PUBLISH", CHANNEL, news)


class TestNews:
    async def test_of_a_revoked_key_ends_what_it_opened_and_nothing_else(
        self, tenant: Tenant, stranger: Tenant, open_door: Doors
    ) -> None:
        door = open_door()
        live, test = await caller_of(tenant.live_key), await caller_of(tenant.test_key)
        two = [await door.admit(live), await door.admit(live)]
        others = [await door.admit(test), await door.admit(await caller_of(stranger.live_key))]
        await revoke(tenant, live)
        for peer in two:
            await peer.end_comes()
            assert peer.told == [("end", "revoked-key")]
            assert peer.closes_in_ms == [CLOSES_IN_MS]
        await listening(door, stranger)
        assert [peer.told for peer in others] == [[], []]

    async def test_of_a_suspended_organisation_ends_all_it_has(
        self, tenant: Tenant, open_door: Doors
    ) -> None:
        door = open_door()
        peers = [
            await door.admit(await caller_of(key)) for key in (tenant.live_key, tenant.test_key)
        ]
        organisation = await Organisation.objects.aget(pk=tenant.organisation.pk)
        organisation.suspended_at = clock.now()
        await organisation.asave()
        for peer in peers:
            await peer.end_comes()
            assert peer.told == [("end", "organisation-suspended")]

    async def test_of_a_change_that_takes_nothing_away_ends_nothing(
        self, tenant: Tenant, open_door: Doors
    ) -> None:
        door = open_door()
        peer = await door.admit(await caller_of(tenant.live_key))
        await listening(door, tenant)
        await sync_to_async(change_organisation)(
            organisation=tenant.organisation, name="Renamed", now=clock.now()
        )
        await listening(door, tenant)
        assert peer.told == []

    async def test_that_came_while_a_connection_was_let_in_is_not_lost(
        self, tenant: Tenant, open_door: Doors
    ) -> None:
        door = open_door()
        await door.admit(await caller_of(tenant.test_key))
        await listening(door, tenant)
        live = await caller_of(tenant.live_key)
        await revoke(tenant, live)
        await listening(door, tenant)
        await (await door.admit(live)).end_comes()

    async def test_is_told_to_everybody_though_one_peer_is_gone(
        self, tenant: Tenant, open_door: Doors
    ) -> None:
        door = open_door()
        live = await caller_of(tenant.live_key)
        gone, there = await door.admit(live), await door.admit(live)
        gone.gone = True
        await revoke(tenant, live)
        await there.end_comes()

    async def test_carries_the_request_id_of_the_connection(
        self, tenant: Tenant, open_door: Doors
    ) -> None:
        door = open_door()
        live = await caller_of(tenant.live_key)
        peers = []
        for given in ("req_of_the_first", "req_of_the_other"):
            _, token = requests.enter(given)
            peers.append(await door.admit(live))
            requests.leave(token)
        await revoke(tenant, live)
        for peer in peers:
            await peer.end_comes()
        assert [peer.request_ids for peer in peers] == [["req_of_the_first"], ["req_of_the_other"]]


class TestLostNews:
    async def test_is_made_up_for_by_the_next_round(self, tenant: Tenant, open_door: Doors) -> None:
        door = open_door(look_again_s=0.05)
        live = await caller_of(tenant.live_key)
        peer, other = await door.admit(live), await door.admit(await caller_of(tenant.test_key))
        await sync_to_async(behind_our_back)(live, revoked_at=clock.now())
        await peer.end_comes()
        assert peer.told == [("end", "revoked-key")]
        assert other.told == []

    async def test_is_made_up_for_however_much_news_comes_of_others(
        self, tenant: Tenant, stranger: Tenant, open_door: Doors
    ) -> None:
        door = open_door(look_again_s=0.05)
        live = await caller_of(tenant.live_key)
        peer, other = await door.admit(live), await door.admit(await caller_of(stranger.live_key))
        chatter = asyncio.create_task(news_without_end(stranger))
        await listening(door, stranger)
        await sync_to_async(behind_our_back)(live, revoked_at=clock.now())
        await peer.end_comes()
        chatter.cancel()
        assert other.told == []

    async def test_is_made_up_for_when_the_line_stands_again(
        self, tenant: Tenant, mortal: RedisServer, open_door: Doors
    ) -> None:
        door = open_door()
        live = await caller_of(tenant.live_key)
        peer = await door.admit(live)
        redis = mortal.client()
        await asyncio.to_thread(until, lambda: redis.pubsub_numsub(CHANNEL)[0][1] == 1)
        await sync_to_async(behind_our_back)(live, revoked_at=clock.now())
        redis.client_kill_filter(_type="pubsub")
        await peer.end_comes()

    async def test_and_no_database_do_not_save_a_key_that_is_known_to_expire(
        self, tenant: Tenant, open_door: Doors, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        door = open_door()
        live = await caller_of(tenant.live_key)
        ends_at = clock.now() + timedelta(seconds=1.5)
        await sync_to_async(behind_our_back)(live, expires_at=ends_at)
        peer = await door.admit(live)
        await asyncio.wait_for(peer.warned.wait(), PATIENCE_S)
        for name, elsewhere in NOWHERE.items():
            monkeypatch.setitem(database.settings_dict, name, elsewhere)
        await peer.end_comes()
        assert peer.told == [("warn", "expired-key"), ("end", "expired-key")]
        assert clock.now() >= ends_at
