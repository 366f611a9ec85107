"""The Redis connections of a process: one for threads, one per event loop."""

import asyncio
import functools
import weakref

import redis
import redis.asyncio
from django.conf import settings
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

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


@functools.cache
def store() -> Store:
    return Store(client())


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


def async_store() -> AsyncStore:
    return AsyncStore(async_client())
