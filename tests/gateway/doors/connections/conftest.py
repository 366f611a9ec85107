"""A door to connect at, a limit of two sockets, and a Redis that may die."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connections as databases

from gateway.stores import async_store
from tenants.limits import Algorithm
from tenants.models import ContractLimit
from tests.conftest import Tenant
from tests.gateway.doors.connections.peers import LEASE_S, Door, Doors
from tests.ratelimit.servers import RedisServer

HOUR_S = 3600.0


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


@pytest.fixture
def mortal(monkeypatch: pytest.MonkeyPatch) -> Iterator[RedisServer]:
    """The gate of this loop on a Redis that the test may kill."""
    with RedisServer() as server:
        monkeypatch.setattr(settings, "REDIS_URL", server.url)
        yield server
