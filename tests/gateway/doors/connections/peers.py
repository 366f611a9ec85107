"""The far ends of connections, a door that lets them in, and what is done to their keys."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from asgiref.sync import sync_to_async

from foundation import clock
from foundation.errors import TifoError
from foundation.http import requests
from gateway.callers.authentication import from_token
from gateway.callers.caller import Caller
from gateway.doors.connections import Connections
from tenants.models import ApiKey
from tenants.services.keys import create_key, revoke_key
from tests.conftest import Tenant

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


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)
