"""A web server on the loopback interface that answers as a test tells it to, also wrongly."""

import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from modelhub.remote import Reach

_range = re.compile(rb"\r\nRange: bytes=(\d+)-(\d+)\r\n")
CLOSE = b""  # as a piece of an answer: hang up


@dataclass(frozen=True)
class Asked:
    """A request: its path, its Host, and the range that it asks for (both ends count)."""

    path: str
    host: str
    range: tuple[int, int] | None
    number: int


Behaviour = Callable[[Asked], Iterable[bytes]]


@dataclass
class Server:
    """Where it listens, and what it was asked."""

    port: int
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        return f"http://model.test:{self.port}/model"

    def reach(self, **more: Any) -> Reach:
        """What leads to this server: its port and network, and every name to the loopback."""
        given: dict[str, Any] = {
            "allows_http": True,
            "networks": ("127.0.0.0/8",),
            "ports": frozenset({self.port}),
            "resolver": lambda host, port: ["127.0.0.1"],
            "connect_within_s": 2.0,
            "silent_for_s": 2.0,
            "answer_within_s": 2.0,
            "download_within_s": 2.0,
        }
        return Reach(**(given | more))


@contextmanager
def serving(behaviour: Behaviour, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """Answer each request with the pieces that `behaviour` gives, until the block ends."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = Server(listener.getsockname()[1])
    threads: list[threading.Thread] = []
    open_lines: list[socket.socket] = []

    def accept() -> None:
        with suppress(OSError):
            while True:
                line, _ = listener.accept()
                server.connections += 1
                open_lines.append(line)
                thread = threading.Thread(target=talk, args=(line,))
                threads.append(thread)
                thread.start()

    def talk(line: socket.socket) -> None:
        with suppress(OSError):
            line.settimeout(10)
            speaking = tls.wrap_socket(line, server_side=True) if tls else line
            with speaking:
                while head := _head(speaking):
                    asked = _parse(head, len(server.asked))
                    server.asked.append(asked)
                    for piece in behaviour(asked):
                        if piece == CLOSE:
                            return
                        speaking.sendall(piece)

    accepting = threading.Thread(target=accept)
    accepting.start()
    try:
        yield server
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for line in open_lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()
        accepting.join()
        for thread in threads:
            thread.join()


def _head(line: socket.socket) -> bytes:
    head = b""
    while b"\r\n\r\n" not in head:
        piece = line.recv(4096)
        if not piece:
            return b""
        head += piece
    return head


def _parse(head: bytes, number: int) -> Asked:
    found = _range.search(head)
    host = re.search(rb"\r\nHost: (.*?)\r\n", head)
    return Asked(
        head.split()[1].decode(),
        host[1].decode() if host else "",
        (int(found[1]), int(found[2])) if found else None,
        number,
    )


def answer(status: int, body: bytes = b"", **headers: object) -> bytes:
    """A whole answer; `Content_Length=None` leaves that header out."""
    told: dict[str, object] = {"Content_Length": len(body), **headers}
    lines = [
        f"HTTP/1.1 {status} Told",
        *(f"{k.replace('_', '-')}: {v}" for k, v in told.items() if v is not None),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def part(data: bytes, asked: Asked, **headers: object) -> bytes:
    """What an honest server answers to a range; `ETag` is there unless it is told otherwise."""
    if asked.range is None:
        return answer(200, data, **{"ETag": '"one"', **headers})
    start, last = asked.range[0], min(asked.range[1], len(data) - 1)
    told = {"Content_Range": f"bytes {start}-{last}/{len(data)}", "ETag": '"one"'}
    return answer(206, data[start : last + 1], **{**told, **headers})


def honest(data: bytes) -> Behaviour:
    return lambda asked: [part(data, asked)]
