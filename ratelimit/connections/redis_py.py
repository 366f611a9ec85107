"""A store's link to Redis through a client of redis-py: for Redis Cluster, and for tests."""

from typing import Any, Final

from hiredis import ReplyError
from redis import Redis, RedisCluster, RedisError
from redis.asyncio import Redis as AsyncRedis
from redis.asyncio import RedisCluster as AsyncRedisCluster
from redis.exceptions import (
    ClusterError,
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    ResponseError,
    TryAgainError,
)

from ratelimit.connections.breaker import Breaker
from ratelimit.connections.resp import Command
from ratelimit.errors import RedisAway, raise_if_unable

_UNABLE: Final = (ClusterError, OutOfMemoryError, ReadOnlyError, TryAgainError)


class RedisPyLink:
    """Says commands through a blocking client; one that must not try again by itself."""

    def __init__(self, client: Redis | RedisCluster) -> None:
        self.breaker = Breaker()
        self._client = client

    def execute(self, *command: str | bytes | int) -> Any:
        """See `Link.execute`."""
        self.breaker.check()
        try:
            reply: Any = self._client.execute_command(*_named(command))  # type: ignore[no-untyped-call]
        except RedisError as error:
            reply = _reply(error, self.breaker)
        self.breaker.succeeded()
        return reply

    def close(self) -> None:
        """Nothing: whoever lent the client closes it."""


class AsyncRedisPyLink:
    """The same through an asynchronous client."""

    def __init__(self, client: AsyncRedis | AsyncRedisCluster) -> None:
        self.breaker = Breaker()
        self._client = client

    async def execute(self, *command: str | bytes | int) -> Any:
        """See `Link.execute`."""
        self.breaker.check()
        try:
            reply: Any = await self._client.execute_command(*_named(command))
        except RedisError as error:
            reply = _reply(error, self.breaker)
        self.breaker.succeeded()
        return reply

    async def aclose(self) -> None:
        """Nothing: whoever lent the client closes it."""


def _named(command: Command) -> Command:
    # To redis-py the two words are one name, by which it finds the nodes of a cluster.
    first, *rest = command
    return (f"{first!s} {rest[0]!s}", *rest[1:]) if first == "FUNCTION" else command


def _reply(error: RedisError, breaker: Breaker) -> ReplyError:
    """The server's own words, where it said any."""
    try:
        if not isinstance(error, ResponseError) or isinstance(error, _UNABLE):
            raise RedisAway(str(error)) from error
        reply = ReplyError(f"NOSCRIPT {error}" if isinstance(error, NoScriptError) else str(error))
        raise_if_unable(reply)
    except RedisAway:
        breaker.failed()
        raise
    return reply
