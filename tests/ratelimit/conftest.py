"""Two homes for the scripts: a private redis-server where there is one, and fakeredis always."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import fakeredis
import pytest
from redis import Redis
from redis.exceptions import ConnectionError as NotYetUp

HOMES = ["fakeredis", *(["redis"] if shutil.which("redis-server") else [])]
_SERIAL = count()


@pytest.fixture(scope="session")
def redis_socket() -> Iterator[Path]:
    """The unix socket of a redis-server of our own."""
    folder = Path(tempfile.mkdtemp(prefix="tifo-limits-"))
    socket = folder / "socket"
    command = ["redis-server", "--port", "0", "--unixsocket", str(socket), "--save", ""]
    server = subprocess.Popen([*command, "--dir", str(folder)], stdout=subprocess.DEVNULL)
    try:
        _wait_for(socket)
        yield socket
    finally:
        server.terminate()
        server.wait(timeout=10)
        shutil.rmtree(folder)


@pytest.fixture(scope="session", params=HOMES)
def client(request: pytest.FixtureRequest) -> Iterator[Redis]:
    """A client of each home in turn."""
    if request.param == "redis":
        found = Redis(unix_socket_path=str(request.getfixturevalue("redis_socket")))
    else:
        found = fakeredis.FakeRedis(server=fakeredis.FakeServer(version=(7,)))
    with found:
        yield found


@pytest.fixture
def tag() -> str:
    """A hash tag that no other test uses."""
    return fresh_tag()


def fresh_tag() -> str:
    """A hash tag never given before, for the examples inside one test."""
    return f"t{next(_SERIAL)}"


def _wait_for(socket: Path) -> None:
    deadline = time.monotonic() + 10
    while True:
        try:
            with Redis(unix_socket_path=str(socket)) as probe:
                probe.ping()
                return
        except NotYetUp:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
