"""HTTP on loopback: a thread for each connection, kept alive, closed at the end."""

import json
import socket
import struct
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.stripe.stand_in.wire.door import Door, Request, Response

Page = Callable[[Request], Response | None]
_LONGEST_SILENCE_S = 120


class Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, port: int, door: Door, pages: list[Page]) -> None:
        self.door = door
        self.pages = pages
        self.ending = threading.Event()
        self._open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), Conversation)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def finish_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        try:
            super().finish_request(request, client_address)
        except (ConnectionError, TimeoutError, ValueError):
            pass  # the caller went away, or we reset it
        finally:
            self._open.discard(request)

    def close(self) -> None:
        """Ends what is open: a caller that waits sees its connection closed."""
        self.ending.set()
        self.shutdown()
        for each in list(self._open):
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        self.server_close()


class Conversation(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers, self.rfile.read(length))
        for page in self.server.pages:
            response = page(request)
            if response:
                break
        else:
            response = self._of_the_door(request)
        if response.hang:
            self.server.ending.wait(_LONGEST_SILENCE_S)
        if response.hang or response.reset:
            self._reset()
        else:
            self._send(response)

    do_GET = do_POST = do_DELETE = _answer  # noqa: N815

    def _of_the_door(self, request: Request) -> Response:
        try:
            return self.server.door.answer(request)
        except Exception as mistake:  # noqa: BLE001
            # A mistake of the stand-in must not look like a fault of Stripe.
            error = {"message": f"mistake of the stand-in: {mistake!r}", "type": "api_error"}
            return Response(599, json.dumps({"error": error}).encode())

    def _send(self, response: Response) -> None:
        headers = {"Content-Type": "application/json"} | response.headers
        headers["Content-Length"] = str(len(response.body))
        reason = HTTPStatus(response.status).phrase if response.status in _STATUSES else "Error"
        lines = [f"HTTP/1.1 {response.status} {reason}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.wfile.write("\r\n".join([*lines, "", ""]).encode() + response.body)

    def _reset(self) -> None:
        """With no time to linger, so that the caller sees a reset and not an end."""
        self.close_connection = True
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.close()

    def log_message(self, *args: Any) -> None:
        """Says nothing: the door remembers what was called."""


_STATUSES = {status.value for status in HTTPStatus}
