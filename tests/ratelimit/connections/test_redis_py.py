"""A client of redis-py as a store's link: its errors are the server's words, or an outage."""

import pytest
from hiredis import ReplyError
from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

from ratelimit.connections.breaker import CLOSED, OPEN
from ratelimit.connections.redis_py import AsyncRedisPyLink, RedisPyLink
from ratelimit.errors import RedisAway
from tests.ratelimit.servers import RedisServer

NOBODY = "0" * 40


class TestRedisPyLink:
    def test_gives_back_what_the_server_refused(self, client: Redis) -> None:
        link = RedisPyLink(client)
        refused = link.execute("EVALSHA", NOBODY, 0)
        assert isinstance(refused, ReplyError)
        assert str(refused).startswith("NOSCRIPT")
        assert isinstance(link.execute("GET"), ReplyError)
        assert link.breaker.state == CLOSED

    def test_of_a_server_that_is_gone_says_so(self, mortal: RedisServer) -> None:
        with Redis(unix_socket_path=str(mortal.socket), retry=Retry(NoBackoff(), 0)) as lent:
            link = RedisPyLink(lent)
            assert link.execute("PING")
            mortal.kill()
            while link.breaker.state != OPEN:
                with pytest.raises(RedisAway):
                    link.execute("PING")

    def test_of_a_server_without_memory_says_so(self, mortal: RedisServer) -> None:
        with mortal.client() as lent:
            link = RedisPyLink(lent)
            lent.config_set("maxmemory", "1")
            with pytest.raises(RedisAway):
                link.execute("SET", "k", "v")


class TestAsyncRedisPyLink:
    async def test_gives_back_what_the_server_refused(self, redis_server: RedisServer) -> None:
        async with AsyncRedis(unix_socket_path=str(redis_server.socket)) as lent:
            refused = await AsyncRedisPyLink(lent).execute("EVALSHA", NOBODY, 0)
            assert isinstance(refused, ReplyError)
            assert str(refused).startswith("NOSCRIPT")

    async def test_of_a_server_that_is_gone_says_so(self, mortal: RedisServer) -> None:
        never = AsyncRetry(NoBackoff(), 0)
        async with AsyncRedis(unix_socket_path=str(mortal.socket), retry=never) as lent:
            link = AsyncRedisPyLink(lent)
            assert await link.execute("PING")
            mortal.kill()
            while link.breaker.state != OPEN:
                with pytest.raises(RedisAway):
                    await link.execute("PING")
