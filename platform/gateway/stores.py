"""The Redis connections of a process: one for threads, one per event loop."""

import asyncio
import functools
import weakref
from typing import Any

import redis
import redis.asyncio
from django.conf import settings
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from ratelimit import wire
from ratelimit.errors import RedisAway
from ratelimit.store import AsyncStore, Store

# A script whose answer was lost may have been run: trying it again could charge a call twice. The
# pools see a closed connection before they hand it out, so a Redis that restarted costs no error.
TIMEOUT_S = 2.0
_async: "weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, redis.asyncio.Redis]" = (
    weakref.WeakKeyDictionary()
)


@functools.cache
def client() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=TIMEOUT_S,
        socket_connect_timeout=TIMEOUT_S,
        retry=Retry(NoBackoff(), 0),
    )


class _Store(Store):
    """Until the store says so itself: Redis that cannot be asked is away."""

    def execute(self, *parts: Any) -> Any:
        try:
            return self._client.execute_command(*parts)  # type: ignore[no-untyped-call]
        except RedisError as error:
            raise RedisAway from error

    def raise_epoch(self, tag: str, epoch: int) -> None:
        self._run(wire.raise_epoch(tag, epoch))

    def _run(self, call: Any) -> Any:
        try:
            return super()._run(call)
        except RedisError as error:
            raise RedisAway from error


class _AsyncStore(AsyncStore):
    """The same for an event loop."""

    async def execute(self, *parts: Any) -> Any:
        try:
            return await self._client.execute_command(*parts)
        except RedisError as error:
            raise RedisAway from error

    async def _run(self, call: Any) -> Any:
        try:
            return await super()._run(call)
        except RedisError as error:
            raise RedisAway from error


@functools.cache
def store() -> _Store:
    return _Store(client())


def decider() -> _Store:
    """The store that decides REST calls: with leases where the operator wants them."""
    return store()


def async_client() -> redis.asyncio.Redis:
    """This event loop's connection pool; a connection must not cross loops."""
    loop = asyncio.get_running_loop()
    if loop not in _async:
        _async[loop] = redis.asyncio.Redis.from_url(
            settings.REDIS_URL,
            socket_timeout=TIMEOUT_S,
            socket_connect_timeout=TIMEOUT_S,
            retry=AsyncRetry(NoBackoff(), 0),
        )
    return _async[loop]


def async_store() -> _AsyncStore:
    return _AsyncStore(async_client())
