"""A private Redis: `redis-server` on a unix socket, or fakeredis on a loopback port."""

import contextlib
import os
import shutil
import signal
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from tifo.supervisor.occupants import evict
from tifo.supervisor.program import Program
from tifo.supervisor.sockets import free_port, short_way

SOCKET = "redis.sock"
# Redis holds what may be lost for a second (throttles, fan-out, job tickets that are dispatched
# again from Postgres), so the log is flushed each second: a flush per write would be paid by every
# admitted call. Without a memory policy that evicts: a dropped throttle would be a silent gift.
SETTINGS = (
    f"--port 0 --unixsocket {SOCKET} --unixsocketperm 700 --daemonize no --dir ."
    " --appendonly yes --appendfsync everysec --maxmemory-policy noeviction --databases 16"
).split()


def redis_program_on_path() -> str | None:
    return shutil.which("redis-server")


@dataclass(frozen=True)
class RedisServer:
    """The real one, in `folder`."""

    binary: str
    folder: Path
    durable: bool = True

    @property
    def url(self) -> str:
        return f"unix://{self._socket}?db=0"

    @property
    def _socket(self) -> Path:
        return short_way(self.folder, SOCKET) / SOCKET

    def exists(self) -> bool:
        return True  # it makes itself, in no time

    def program(self) -> Program:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        forgetful = [] if self.durable else ["--appendonly", "no"]
        return Program(
            name="redis",
            command=[self.binary, *SETTINGS, "--save", "", *forgetful],
            environment={"PATH": os.defpath},
            folder=self.folder,
            ready=lambda _pid: _answers(str(self._socket)),
            before=lambda: evict(self.folder, "redis-server"),
            orphaned=signal.SIGTERM,
        )


@dataclass(frozen=True)
class FakeRedis:
    """fakeredis behind TCP on `port`: forgets everything when it stops, so for a demo only."""

    port: int

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def exists(self) -> bool:
        return True

    def program(self) -> Program:
        return Program(
            name="redis",
            command=[sys.executable, "-m", "tifo.supervisor.fake_redis", str(self.port)],
            environment=dict(os.environ),
            ready=lambda _pid: _answers(("127.0.0.1", self.port)),
            stop_within_s=3.0,
        )


def private_redis(
    folder: Path, *, durable: bool = True, fake: bool = False
) -> RedisServer | FakeRedis:
    """The real one where it is installed, the fake one elsewhere or when asked for."""
    binary = None if fake else redis_program_on_path()
    return RedisServer(binary, folder, durable) if binary else FakeRedis(free_port())


def _answers(address: str | tuple[str, int]) -> bool:
    """Does it answer PING? Said in the protocol itself: only the platform's floors import redis."""
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    with contextlib.suppress(OSError), socket.socket(family) as line:
        line.settimeout(1.0)
        line.connect(address)
        line.sendall(b"*1\r\n$4\r\nPING\r\n")
        return line.recv(16).startswith(b"+PONG")
    return False
