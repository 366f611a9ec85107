"""Who is connected, and when that ends: with real news, real keys, and both of them lost."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connection as database
from django.db import connections as databases
from django.db.models import Sum

from foundation import clock
from foundation.errors import TifoError
from foundation.http import requests
from gateway.admission import refusal_log
from gateway.callers.authentication import VIEW_SECONDS, from_token, view_token
from gateway.callers.caller import Caller
from gateway.callers.changes import CHANNEL
from gateway.doors.connections import CLOSES_IN_MS, Connections
from gateway.models import RefusalCount
from gateway.refusals import QuotaExceeded, ReducedCapacity
from gateway.stores import async_store
from tenants.limits import Algorithm
from tenants.models import ApiKey, ContractLimit, Organisation
from tenants.services.keys import create_key, revoke_key
from tenants.services.organisations import change_organisation
from tests.conftest import Tenant
from tests.gateway.away import NOWHERE
from tests.ratelimit.servers import RedisServer

pytestmark = pytest.mark.django_db(transaction=True)
HOUR_S = 3600.0
PATIENCE_S = 5.0
LEASE_S = 0.3


@dataclass
class Peer:
    """The far end of a connection: what it was told, in order."""

    told: list[tuple[str, str]] = field(default_factory=list)
    closes_in_ms: list[int] = field(default_factory=list)
    request_ids: list[str] = field(default_factory=list)
    warned: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    gone: bool = False

    async def warn(self, error: TifoError, closes_in_ms: int) -> None:
        self._hear("warn", error, closes_in_ms)
        self.warned.set()

    async def end(self, error: TifoError, closes_in_ms: int) -> None:
        self._hear("end", error, closes_in_ms)
        self.ended.set()
        if self.gone:
            raise ConnectionResetError

    def _hear(self, what: str, error: TifoError, closes_in_ms: int) -> None:
        self.told.append((what, error.code))
        self.closes_in_ms.append(closes_in_ms)
        self.request_ids.append(requests.current_request_id())

    async def end_comes(self) -> None:
        await asyncio.wait_for(self.ended.wait(), PATIENCE_S)


class Door:
    """Connections whose every member is forgotten at the end of the test."""

    def __init__(self, **options: Any) -> None:
        self.connections = Connections(**options)
        self._held: list[Any] = []

    async def admit(self, caller: Caller) -> Peer:
        peer = Peer()
        held = await self.connections.register(caller, warn=peer.warn, end=peer.end)
        self._held.append(held)
        return peer

    async def leave(self) -> None:
        """The last that was admitted goes."""
        await self.connections.forget(self._held.pop())

    async def close(self) -> None:
        while self._held:
            await self.leave()


Doors = Callable[..., Door]


@pytest.fixture
async def open_door() -> AsyncIterator[Doors]:
    """`open_door()` looks at keys when there is news; `look_again_s` makes rounds besides."""
    doors: list[Door] = []

    def make(look_again_s: float = HOUR_S, **options: Any) -> Door:
        doors.append(Door(look_again_s=look_again_s, **options))
        return doors[-1]

    yield make
    for door in doors:
        await door.close()
    await async_store().aclose()
    await sync_to_async(databases.close_all)()


async def caller_of(token: str) -> Caller:
    return await sync_to_async(from_token)(token, now=clock.now())


async def revoke(tenant: Tenant, caller: Caller) -> None:
    await sync_to_async(revoke_key)(
        organisation=tenant.organisation, key_id=caller.credential_id, now=clock.now()
    )


async def listening(door: Door, tenant: Tenant) -> None:
    """Until the door hears news: a key made for that is revoked until its connection ends."""
    _, token = await sync_to_async(create_key)(
        organisation=tenant.organisation,
        name="probe",
        livemode=False,
        scopes=["usage:read"],
        now=clock.now(),
    )
    caller = await caller_of(token)
    peer = await door.admit(caller)
    await revoke(tenant, caller)
    await peer.end_comes()
    await door.leave()


def behind_our_back(caller: Caller, **changes: Any) -> None:
    """A change of the key that nobody is told of."""
    ApiKey.objects.filter(pk=caller.credential_id).update(**changes)


async def news_without_end(tenant: Tenant) -> None:
    news = json.dumps({"organisation": tenant.organisation.pk, "epoch": 1})
    while True:
        await async_store().execute("PUBLISH", CHANNEL, news)


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


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


@pytest.fixture
def two_sockets(tenant: Tenant) -> None:
    """A contract of two sockets at a time, under a lease of `LEASE_S`."""
    ContractLimit.objects.create(
        organisation=tenant.organisation,
        name="open-sockets",
        counts="sockets",
        algorithm=Algorithm.CONCURRENCY,
        unit="socket",
        quantity=2,
        per_ms=round(LEASE_S * 1000),
    )


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


@pytest.fixture
def mortal(monkeypatch: pytest.MonkeyPatch) -> Iterator[RedisServer]:
    """The gate of this loop on a Redis that the test may kill."""
    with RedisServer() as server:
        monkeypatch.setattr(settings, "REDIS_URL", server.url)
        yield server


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
