"""Real servers of both profiles on the suite's database, spoken to byte by byte."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg.conninfo
from django.db import connection

ROOT = Path(__file__).parents[1]
PATIENCE_S = 30.0
PROFILES = {"embedded": "embedded", "production": "production"}


@dataclass(frozen=True)
class Answer:
    """What came back; the names of headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.json()["code"])


@contextmanager
def serving(profile: str, data: Path, command: str = "web") -> Iterator[int]:
    """The port of a `tifo web` (or `tifo sockets`) in a process of its own."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    address = psycopg.conninfo.conninfo_to_dict(os.environ["DATABASE_URL"])
    address["dbname"] = connection.settings_dict["NAME"]
    given = {
        "DATABASE_URL": psycopg.conninfo.make_conninfo("", **address),
        "TIFO_PROFILE": profile,
        "TIFO_DATA": str(data),
        "TIFO_PORT": str(port),
        "TIFO_SOCKETS_PORT": str(port),
        "TIFO_WEB_WORKERS": "1",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "tifo", command],
        env=os.environ | given,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _await(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def head(method: str, path: str, **headers: str) -> bytes:
    """A request's head; names of headers have underscores."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "".join(f"{line}\r\n" for line in lines).encode("latin-1") + b"\r\n"


def chunked(*parts: bytes) -> bytes:
    """The parts as chunks, and the last chunk."""
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (*parts, b""))


def ask(port: int, *pieces: bytes) -> Answer:
    """One answer to one request, on a line of its own."""
    [answer] = answers(port, pieces, 1)
    return answer


def answers(port: int, pieces: Iterable[bytes], count: int) -> list[Answer]:
    """So many answers, one after another on one line."""
    with closing(socket.create_connection(("127.0.0.1", port), PATIENCE_S)) as line:
        for piece in pieces:
            try:
                line.sendall(piece)
            except OSError:
                break  # it has heard enough
        with line.makefile("rb") as reading:
            return [read(reading) for _ in range(count)]


def read(reading: Any) -> Answer:
    """The next answer that is told with its length or in chunks."""
    status = int(reading.readline().split()[1])
    headers = {}
    while (field := reading.readline().decode("latin-1").strip()) != "":
        name, _, value = field.partition(": ")
        headers[name.lower()] = value
    if headers.get("transfer-encoding") == "chunked":
        body = b""
        while size := int(reading.readline(), 16):
            body += reading.read(size)
            reading.readline()
        reading.readline()
    else:
        body = reading.read(int(headers.get("content-length", "0")))
    return Answer(status, headers, body)


def _await(port: int, process: "subprocess.Popen[bytes]") -> None:
    latest = time.monotonic() + PATIENCE_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert process.poll() is None, "the server did not start"
            assert time.monotonic() < latest, "the server is not up in time"
            time.sleep(0.05)
        else:
            return
