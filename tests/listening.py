"""Hearing what an organisation is told, as its sockets do and as the outbox has it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from channels.layers import get_channel_layer
from django.db import connections

from foundation.events.models import Event
from foundation.events.queries import after
from foundation.events.sockets import Audience, Message, send
from tests.conftest import Tenant

PATIENCE_S = 10  # for what is told at once, or never


class Listener:
    """Hears what an organisation is told in one mode."""

    def __init__(self, tenant: Tenant, *, livemode: bool = True) -> None:
        self._group = Audience(tenant.organisation.pk, livemode).group
        self._layer: Any = get_channel_layer()

    async def __aenter__(self) -> "Listener":
        self._channel = await self._layer.new_channel()
        await self._layer.group_add(self._group, self._channel)
        return self

    async def __aexit__(self, *failed: object) -> None:
        await self._layer.group_discard(self._group, self._channel)

    async def next(self) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE_S):
            event: dict[str, Any] = (await self._layer.receive(self._channel))["event"]
        return event

    async def hears_nothing(self) -> bool:
        await send([Message(self._group, {"type": "toy"})])
        return await self.next() == {"type": "toy"}


def kept(tenant: Tenant) -> list[Event]:
    """The organisation's durable events as a reader meets them."""
    return [row for row in after(0, 10_000) if row.organisation_id == tenant.organisation.pk]


async def in_thread(act: Callable[[], Any]) -> Any:
    """Act where a request would, outside the event loop."""

    def run() -> Any:
        try:
            return act()
        finally:
            connections.close_all()

    return await asyncio.to_thread(run)


def committed(act: Any, *args: Any, **kwargs: Any) -> Any:
    """Act in a thread of its own: outside the test's transaction, so that every socket sees it.

    Flushing the whole database after each test would cost half a second; an organisation that is
    deleted again costs nothing.
    """

    def run() -> Any:
        try:
            return act(*args, **kwargs)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(run).result()
