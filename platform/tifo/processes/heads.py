"""Uvicorn's HTTP with heads that are bounded in bytes and fields, and requests that go on.

Uvicorn reads a head of any length, and as much around the data of a chunked body (extensions of
chunks, trailers), and waits for ever for the rest of a request. What is refused here is told as a
problem, like every other refusal.
"""

import json
from asyncio import TimerHandle, Transport
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from foundation.errors import BadRequest, TifoError
from foundation.http.problems import CONTENT_TYPE, BodyTimeout, HeadTimeout, HeadTooLarge, document
from foundation.http.requests import HEADER, new_request_id
from tifo.processes.serving import HEAD_WITHIN_S, LARGEST_HEAD_BYTES

MOST_FIELDS: Final = 100  # as many as the production profile's web server takes
BODY_GOES_ON_WITHIN_S: Final = 60.0
SLOWEST_BYTES_A_SECOND: Final = 1000.0
EARNED_BYTES: Final = 8  # around one byte of a body: a chunk of a single one takes six in all
LINGERS_S: Final = 2.0
FIELD_BYTES: Final = 4  # colon, space and the line's end


class HeadLimits(HttpToolsProtocol):
    """One connection. While earlier requests are being answered, a refusal waits for its turn."""

    head_within_s: float = HEAD_WITHIN_S
    body_goes_on_within_s: float = BODY_GOES_ON_WITHIN_S
    slowest_bytes_a_second: float = SLOWEST_BYTES_A_SECOND
    _in_head = False
    _large = False  # a head may be, that did not come whole in one reading of a usual size
    _around_bytes = 0  # of the message so far, and no data of a body
    _body_due: float | None = None
    _refusal: TifoError | None = None
    _overdue: TimerHandle | None = None  # runs while something is expected of the client

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._expect_nothing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._refusal is not None:
            return
        self._large = self._in_head or len(data) > LARGEST_HEAD_BYTES
        self._around_bytes += len(data)
        super().data_received(data)
        if self not in self.connections:
            return  # It has become a socket.
        if self._around_bytes > LARGEST_HEAD_BYTES and (self._in_head or self._in_body()):
            self._refuse(_too_large())
        elif self._in_head or not self._answering():
            if self._overdue is None and not self._refusal:
                self._expect_head()
        elif self.cycle.more_body:
            self._expect_body(len(data))

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True
        self._around_bytes = 0

    def on_headers_complete(self) -> None:
        self._in_head = False
        if self._overdue is not None:
            self._expect_nothing()
        if len(self.headers) > MOST_FIELDS or (
            self._large and self._head_bytes() > LARGEST_HEAD_BYTES
        ):
            self._refusal = _too_large()
            raise self._refusal  # which the parser makes an error of its own
        if not self._names_a_host():
            self._refusal = BadRequest("HTTP/1.1 asks for a Host.")  # RFC 9112, section 3.2
            raise self._refusal
        self._around_bytes = 0
        self._body_due = None
        super().on_headers_complete()
        self.headers = self.headers.copy()  # for trailers, which are not the head's

    def on_body(self, body: bytes) -> None:
        self._around_bytes = max(0, self._around_bytes - len(body) * (1 + EARNED_BYTES))
        super().on_body(body)

    def on_message_complete(self) -> None:
        if self._overdue is not None:
            self._expect_nothing()
        self._around_bytes = 0
        self.headers = self.scope["headers"]  # type: ignore[assignment]  # and without trailers
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._refusal is not None and not self._answering():
            self._tell(self._refusal)

    def send_400_response(self, msg: str) -> None:
        """Whatever the parser refuses."""
        self._refuse(self._refusal or BadRequest("This is not HTTP/1.1, or not all of it."))

    def _head_bytes(self) -> int:
        fields = [len(name) + len(value) + FIELD_BYTES for name, value in self.headers]
        return len(self.url) + sum(fields)

    def _names_a_host(self) -> bool:
        for name, _ in self.headers:  # nearly always the first
            if name == b"host":
                return True
        return bool(self.parser.get_http_version() == "1.0")

    def _answering(self) -> bool:
        cycle: Any = self.cycle  # None before the first
        return bool(self.pipeline) or (cycle is not None and not cycle.response_complete)

    def _in_body(self) -> bool:
        cycle: Any = self.cycle
        return cycle is not None and cycle.more_body and not cycle.response_complete

    def _expect_head(self) -> None:
        self._overdue = self.loop.call_later(self.head_within_s, self._is_overdue)

    def _expect_body(self, came: int) -> None:
        """More within a while that what came earns: drops keep no line."""
        self._expect_nothing()
        latest = self.loop.time() + self.body_goes_on_within_s
        if self._body_due is not None:
            latest = min(latest, self._body_due + came / self.slowest_bytes_a_second)
        self._body_due = latest
        self._overdue = self.loop.call_at(latest, self._is_overdue)

    def _expect_nothing(self) -> None:
        if self._overdue is not None:
            self._overdue.cancel()
            self._overdue = None

    def _is_overdue(self) -> None:
        self._overdue = None
        if self._in_head:
            self._refuse(HeadTimeout(f"It must end within {self.head_within_s:g} s."))
        elif not self._answering():
            self.transport.close()
        elif self.flow.read_paused:  # it is not the client who keeps us waiting
            self._body_due = None
            self._expect_body(0)
        elif self.cycle.more_body:
            self._refuse(BodyTimeout("It comes too slowly, or not at all."))

    def _refuse(self, error: TifoError) -> None:
        self._in_head = False
        self._refusal = error
        self._expect_nothing()
        cycle: Any = self.cycle
        if cycle is not None and not cycle.response_complete and cycle.more_body:
            # What is wrong is that request's own body: there will be no more of it.
            cycle.disconnected = True
            cycle.message_event.set()
            if self.pipeline or cycle.response_started:
                self.transport.close()
            else:
                self._tell(error)
        elif not self._answering():
            self._tell(error)

    def _tell(self, error: TifoError) -> None:
        if self.transport.is_closing():
            return
        request_id = new_request_id()
        body = json.dumps(document(error, request_id)).encode()
        lines = [
            f"content-type: {CONTENT_TYPE}",
            f"content-length: {len(body)}",
            f"{HEADER.lower()}: {request_id}",
            "cache-control: no-store",
            "connection: close",
        ]
        head = "".join(f"{line}\r\n" for line in lines).encode()
        self.transport.write(STATUS_LINE[error.status] + head + b"\r\n" + body)
        # To close on what the client is still sending would reset the line, and lose the answer.
        self.transport.write_eof()
        self.loop.call_later(LINGERS_S, self.transport.close)


def _too_large() -> HeadTooLarge:
    return HeadTooLarge(f"At most {LARGEST_HEAD_BYTES} bytes, and {MOST_FIELDS} headers.")
