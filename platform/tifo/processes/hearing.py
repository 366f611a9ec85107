"""Uvicorn's WebSocket, which hands messages of bytes straight to whoever has asked for them.

Live sound comes many thousand times a second. For each message Uvicorn runs a generator, makes two
objects, puts one into a queue, pauses reading, wakes a task and takes reading up again, which takes
several times as long as to hear what the message says. Who is done with a message at once needs
none of it; everything else (the handshake, text, pings, what comes in parts, errors) is Uvicorn's.
"""

from collections.abc import Callable
from struct import Struct
from typing import Any, Final

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets import frames
from websockets.protocol import State

EXTENSION: Final = "tifo.bytes"
"""Of the ASGI scope: `{"hear": register}`. What is registered is called with each message of bytes
that comes whole, in order with what `receive` brings; it must neither wait nor raise. Whoever wants
no more of it registers None."""
_BINARY: Final = 0x82  # the last part of a message of bytes, which is its first, too
_LAST, _KIND, _MASKED, _LENGTH = 0x80, 0x0F, 0x80, 0x7F
_CONTINUED: Final = 0
_TEXT_OR_BYTES: Final = (1, 2)
_SHORT, _LONG = Struct("!H"), Struct("!Q")
Hear = Callable[[bytes], None]
_apply_mask: Callable[[bytes, bytes], bytes] = frames.apply_mask  # type: ignore[attr-defined]


class Socket(WebSocketsSansIOProtocol):
    """One connection. Uvicorn's parser is given whole frames alone, so that between two of ours it
    is never in the middle of one of its own."""

    _hears: Hear | None = None
    _in_parts = False  # is the message that was begun
    _gives_all = False  # what comes is beyond us, or of no interest any more

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._rest = bytearray()  # of a frame that has not come whole
        self._needs = 0  # bytes of it, before it is worth another look

    def handle_connect(self, event: Any) -> None:
        super().handle_connect(event)
        if not self.close_sent:
            extensions: Any = self.scope["extensions"]
            extensions[EXTENSION] = {"hear": self._register}

    def data_received(self, data: bytes) -> None:
        if self._gives_all or not self.handshake_initiated:
            super().data_received(data)
            return
        if self._rest:
            self._rest += data
            if len(self._rest) < self._needs:
                return
            data = bytes(self._rest)
            self._rest.clear()
        at, size = 0, len(data)
        while at < size:
            if self._gives_all:
                super().data_received(data[at:])
                return
            end = self._end(data, at, size)
            if end > size:
                self._rest += data[at:]
                self._needs = end - at
                return
            if data[at] != _BINARY or not self._straight(data, at, end):
                self._note(data[at])
                super().data_received(data[at:end])
                if self.conn.parser_exc is not None:
                    return  # and the connection is over
                self._gives_all |= self.conn.state is not State.OPEN
            at = end

    def _register(self, hears: Hear | None) -> None:
        self._hears = hears

    def _end(self, data: bytes, at: int, size: int) -> int:
        """Where the frame ends that begins `at` there, or what must be there to know that."""
        if size - at < 2:
            return size + 1
        masked, length = data[at + 1] & _MASKED, data[at + 1] & _LENGTH
        begin = at + (6 if masked else 2)
        if length == 126:
            if size - at < 4:
                return size + 1
            (length,) = _SHORT.unpack_from(data, at + 2)
            begin += 2
        elif length == 127:
            if size - at < 10:
                return size + 1
            (length,) = _LONG.unpack_from(data, at + 2)
            begin += 8
        if length > self.config.ws_max_size:  # which is refused by its head alone
            self._gives_all = True
            return size
        return begin + length

    def _straight(self, data: bytes, at: int, end: int) -> bool:
        """Hand it over, where it may be; behind what waits in the queue it has to wait as well."""
        if (
            self._gives_all
            or self._hears is None
            or self._in_parts
            or not data[at + 1] & _MASKED
            or self.conn.state is not State.OPEN
            or not self.queue.empty()
        ):
            return False
        length = data[at + 1] & _LENGTH
        begin = at + 6 + (2 if length == 126 else 8 if length == 127 else 0)
        self._hears(_apply_mask(data[begin:end], data[begin - 4 : begin]))
        return True

    def _note(self, first: int) -> None:
        kind = first & _KIND
        if kind in _TEXT_OR_BYTES or kind == _CONTINUED:
            self._in_parts = not first & _LAST
