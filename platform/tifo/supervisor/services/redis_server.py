"""A private Redis on a unix socket: Valkey's server from the wheel, or the operator's own."""

import contextlib
import os
import signal
import socket
from dataclasses import dataclass
from pathlib import Path

from tifo.supervisor.processes.program import Program
from tifo.supervisor.services.occupants import evict
from tifo.supervisor.services.redis_program import AUTO, chosen
from tifo.supervisor.services.sockets import short_way

SOCKET = "redis.sock"
# Redis holds what may be lost for a second (throttles, fan-out, job tickets that are dispatched
# again from Postgres), so the log is flushed each second: a flush per write would be paid by every
# admitted call. Without a memory policy that evicts: a dropped throttle would be a silent gift.
SETTINGS = (
    f"--port 0 --unixsocket {SOCKET} --unixsocketperm 700 --daemonize no --dir ."
    " --appendonly yes --appendfsync everysec --maxmemory-policy noeviction --databases 16"
).split()


@dataclass(frozen=True)
class RedisServer:
    """`binary`, which speaks Redis, in `folder`; `durable=False` (tests only) keeps no log."""

    binary: Path
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
            command=[str(self.binary), *SETTINGS, "--save", "", *forgetful],
            environment={"PATH": os.defpath},
            folder=self.folder,
            ready=lambda _pid: _answers(self._socket),
            before=lambda: evict(self.folder, self.binary.name),
            orphaned=signal.SIGTERM,
        )


def private_redis(data: Path, wish: str = AUTO, *, durable: bool = True) -> RedisServer:
    """The server that `wish` names (see `chosen`), in a folder below `data` that bears its name.

    Redis and Valkey have parted ways: neither reads what the other's newest release wrote, so a
    change of the program starts in a folder of its own instead of not at all. Raises RedisMissing.
    """
    binary = chosen(wish)
    return RedisServer(binary, data / binary.name, durable)


def _answers(address: Path) -> bool:
    """Does it answer PING? Said in the protocol itself: only the platform's floors import redis."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as line:
        line.settimeout(1.0)
        line.connect(str(address))
        line.sendall(b"*1\r\n$4\r\nPING\r\n")
        return line.recv(16).startswith(b"+PONG")
    return False
