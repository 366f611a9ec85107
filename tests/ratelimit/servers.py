"""Servers that a test may kill: a Redis of its own, and one that misbehaves on purpose."""

import contextlib
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

from redis import Redis

from tifo.environment import Environment
from tifo.supervisor.services.redis_program import chosen

PING = b"*1\r\n$4\r\nPING\r\n"


class RedisServer:
    """A private server on a unix socket that keeps nothing; `kill` is kill -9.

    Its program is the one that `TIFO_REDIS` names, as everywhere in the suite.
    """

    def __init__(self, *options: str) -> None:
        self._program = str(chosen(Environment().redis))
        self.folder = Path(tempfile.mkdtemp(prefix="tifo-limits-"))
        self.socket = self.folder / "socket"
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.kill()
        shutil.rmtree(self.folder)

    def client(self, password: str | None = None, db: int = 0) -> Redis:
        return Redis(unix_socket_path=str(self.socket), password=password, db=db)

    def start(self) -> None:
        command = [self._program, "--port", "0", "--unixsocket", str(self.socket)]
        self._process = subprocess.Popen(
            [*command, "--save", "", "--dir", str(self.folder), *self._options],
            stdout=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 10
        while not self._answers():
            assert time.monotonic() < deadline
            time.sleep(0.005)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(timeout=10)

    def _answers(self) -> bool:
        line = socket.socket(socket.AF_UNIX)
        with line, contextlib.suppress(OSError):
            line.connect(str(self.socket))
            line.sendall(b"PING\r\n")
            return len(line.recv(16)) > 0  # a pong, or that it wants a password
        return False


class FakeServer:
    """Greets, then says to each thing it reads what `answer` returns; None hangs up."""

    def __init__(self, answer: Callable[[bytes], bytes | None]) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="tifo-limits-"))
        self._answer = answer
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self._folder / "socket"))
        self._listener.listen()
        self.url = f"unix://{self._folder / 'socket'}"
        self.heard: list[bytes] = []
        self.connections: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *error: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        for connection in self.connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(timeout=10)
        for each in (self._listener, *self.connections):
            each.close()
        shutil.rmtree(self._folder)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections.append(connection)
                self._threads.append(threading.Thread(target=self._serve, args=(connection,)))
                self._threads[-1].start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := connection.recv(1 << 20):
                if data == PING:
                    connection.sendall(b"+PONG\r\n")
                    continue
                self.heard.append(data)
                said = self._answer(data)
                if said is None:
                    connection.shutdown(socket.SHUT_RDWR)
                    return
                connection.sendall(said)
