"""The Redis connections of a process: one store for threads, one per event loop.

Whoever keeps what Redis may have forgotten with a restart says so with `when_lost`.
"""

import asyncio
import functools
import weakref
from collections.abc import Callable

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from ratelimit.prefetch import PrefetchingStore
from ratelimit.store import AsyncStore, Store

TIMEOUT_S = 2.0
_async: "weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncStore]" = (
    weakref.WeakKeyDictionary()
)


_when_lost: list[Callable[[], None]] = []


def when_lost(forget: Callable[[], None]) -> None:
    """Call `forget` whenever Redis may have restarted, for it may have lost its last second."""
    _when_lost.append(forget)


def _lost() -> None:
    for forget in _when_lost:
        forget()


@functools.cache
def store() -> Store:
    """For threads; decides each call in Redis."""
    return Store(settings.REDIS_URL, on_lost=_lost)


def async_store() -> AsyncStore:
    """This event loop's; a connection must not cross loops."""
    loop = asyncio.get_running_loop()
    found = _async.get(loop)
    if found is None:
        found = _async[loop] = AsyncStore(settings.REDIS_URL, on_lost=_lost)
    return found


@functools.cache
def prefetching() -> PrefetchingStore:
    """For threads; debits rates for some milliseconds ahead."""
    return PrefetchingStore(store(), processes=settings.GATE_PROCESSES)


def decider() -> Store | PrefetchingStore:
    """What decides the calls of REST: with rates debited ahead where the operator wants that."""
    return prefetching() if settings.GATE_PREFETCH else store()


@functools.cache
def client() -> redis.Redis:
    """redis-py, for what is asked seldom: whether Redis is there."""
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=TIMEOUT_S,
        socket_connect_timeout=TIMEOUT_S,
        retry=Retry(NoBackoff(), 0),
    )
