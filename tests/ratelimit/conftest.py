"""Two homes for the scripts: a private redis-server where there is one, and fakeredis always."""

from collections.abc import Iterator
from itertools import count
from threading import Thread

import fakeredis
import pytest
from redis import Redis

from tests.ratelimit.servers import RedisServer

HOMES = ["fakeredis", "redis"]  # where there is no server, its half is skipped, or fails CI
_SERIAL = count()


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """A redis-server of our own, which no test stops."""
    with RedisServer() as server:
        yield server


@pytest.fixture
def mortal() -> Iterator[RedisServer]:
    """A redis-server for one test, which may kill it."""
    with RedisServer() as server:
        yield server


@pytest.fixture(params=HOMES)
def redis_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """An address that other processes can reach, of each home in turn."""
    if request.param == "redis":
        yield request.getfixturevalue("redis_server").url
        return
    with fakeredis.TcpFakeServer(("127.0.0.1", 0), server_version=(7,)) as server:
        server.daemon_threads = True
        serving = Thread(target=server.serve_forever, args=(0.01,))
        serving.start()
        yield f"redis://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        serving.join()


@pytest.fixture(scope="session", params=HOMES)
def client(request: pytest.FixtureRequest) -> Iterator[Redis]:
    """A client of each home in turn."""
    if request.param == "redis":
        found = request.getfixturevalue("redis_server").client()
    else:
        found = fakeredis.FakeRedis(server=fakeredis.FakeServer(version=(7,)))
    with found:
        yield found


@pytest.fixture
def fast_client(redis_server: RedisServer) -> Iterator[Redis]:
    """A client of redis-server, for tests of very many cases."""
    with redis_server.client() as found:
        yield found


@pytest.fixture
def tag() -> str:
    """A hash tag that no other test uses."""
    return fresh_tag()


def fresh_tag() -> str:
    """A hash tag never given before, for the examples inside one test."""
    return f"t{next(_SERIAL)}"
