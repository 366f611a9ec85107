"""What a worker and the process that works for it tell each other: messages over a socket."""

import socket
import struct
import time
from typing import Final

MOST_BYTES: Final = 16 * 1024**2
_READ_BYTES: Final = 65_536
_HEAD: Final = struct.Struct("!I")


class Ended(Exception):
    """The other end is gone, or says what cannot be meant."""


class Line:
    """One end. Each message is its length in four bytes, then that many bytes."""

    def __init__(self, ours: socket.socket) -> None:
        self._socket = ours
        self._heard = bytearray()

    def tell(self, message: bytes) -> None:
        """Raises Ended when nobody is there to hear it."""
        try:
            self._socket.settimeout(None)
            self._socket.sendall(_HEAD.pack(len(message)) + message)
        except OSError as gone:
            raise Ended from gone

    def hear(self, within_s: float | None = None) -> bytes | None:
        """The next message; None when none came in so many seconds. Raises Ended."""
        latest = None if within_s is None else time.monotonic() + within_s
        while (message := self._whole()) is None:
            left = None if latest is None else latest - time.monotonic()
            if left is not None and left <= 0:
                return None
            self._read(left)
        return message

    def _read(self, within_s: float | None) -> None:
        try:
            self._socket.settimeout(within_s)
            came = self._socket.recv(_READ_BYTES)
        except TimeoutError:
            return
        except OSError as gone:
            raise Ended from gone
        if not came:
            raise Ended
        self._heard += came

    def _whole(self) -> bytes | None:
        if len(self._heard) < _HEAD.size:
            return None
        [size] = _HEAD.unpack_from(self._heard)
        if size > MOST_BYTES:
            raise Ended
        if len(self._heard) < _HEAD.size + size:
            return None
        message = bytes(self._heard[_HEAD.size : _HEAD.size + size])
        del self._heard[: _HEAD.size + size]
        return message

    def close(self) -> None:
        self._socket.close()
