"""The server that the scripts run on: Redis as `tifo up` starts it."""

from collections.abc import Iterator
from itertools import count

import pytest
from redis import Redis

from tests.ratelimit.servers import RedisServer

_SERIAL = count()


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """A server of our own, which no test stops."""
    with RedisServer() as server:
        yield server


@pytest.fixture
def mortal() -> Iterator[RedisServer]:
    """A server for one test, which may kill it."""
    with RedisServer() as server:
        yield server


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """An address that other processes can reach."""
    return redis_server.url


@pytest.fixture(scope="session")
def client(redis_server: RedisServer) -> Iterator[Redis]:
    with redis_server.client() as found:
        yield found


@pytest.fixture
def tag() -> str:
    """A hash tag that no other test uses."""
    return fresh_tag()


def fresh_tag() -> str:
    """A hash tag never given before, for the examples inside one test."""
    return f"t{next(_SERIAL)}"
