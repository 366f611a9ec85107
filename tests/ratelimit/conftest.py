"""Two homes for the scripts: a private redis-server where there is one, and fakeredis always."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from threading import Thread

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


@pytest.fixture(params=HOMES)
def redis_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """An address that other processes can reach, of each home in turn."""
    if request.param == "redis":
        yield f"unix://{request.getfixturevalue('redis_socket')}"
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
