"""Bodies on their way in: a chunked one gets its length, and none that broke off counts as whole.

Django reads a body by its Content-Length alone. Without one it reads nothing, so a chunked body
would be taken for none; and it takes what ends too early for whole.
"""

from collections.abc import Callable, Iterable
from io import BytesIO, IOBase
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from foundation.bodies import most_bytes

Environ = dict[str, Any]
Wsgi = Callable[[Environ, Any], Iterable[bytes]]
PIECE_BYTES = 64 * 1024
IN_MEMORY_BYTES = 2 * 1024 * 1024


class BrokenOff(OSError):
    """The client left before the body's end; Django makes an UnreadablePostError of it."""


class Whole:
    """A WSGI application whose requests have whole bodies of a known length, chunked ones too.

    Only for servers that raise an OSError when a body breaks off. A view that reads such a body
    gets a BrokenOff; one that reads no body never hears of it.
    """

    def __init__(self, application: Wsgi) -> None:
        self._application = application

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        if environ.get("HTTP_TRANSFER_ENCODING", "").strip().lower() == "chunked":
            return self._received(environ, start_response)
        _declare(environ)
        return self._application(environ, start_response)

    def _received(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        del environ["HTTP_TRANSFER_ENCODING"]
        with SpooledTemporaryFile(IN_MEMORY_BYTES) as body:
            environ["wsgi.input"], environ["CONTENT_LENGTH"] = _receive(environ, body)
            # A view has read what it wants of the body by the time it returns its answer.
            return self._application(environ, start_response)


class Declared(IOBase):
    """An input that is as long as was declared, or raises BrokenOff."""

    def __init__(self, source: Any, length: int) -> None:
        self._source = source
        self._left = length

    def read(self, size: int = -1, /) -> bytes:
        size = self._left if size < 0 else min(size, self._left)
        data: bytes = self._source.read(size) if size else b""
        if len(data) < size:
            data = self._rest(data, size)
        self._left -= len(data)
        return data

    def _rest(self, data: bytes, size: int) -> bytes:
        pieces = [data]
        missing = size - len(data)
        while missing:
            piece = self._source.read(missing)
            if not piece:
                raise BrokenOff
            pieces.append(piece)
            missing -= len(piece)
        return b"".join(pieces)


def declared(application: Wsgi) -> Wsgi:
    """The application, to which a body that ends before its Content-Length is a BrokenOff."""

    def serve(environ: Environ, start_response: Any) -> Iterable[bytes]:
        _declare(environ)
        return application(environ, start_response)

    return serve


def _declare(environ: Environ) -> None:
    length = environ.get("CONTENT_LENGTH") or "0"
    if length != "0" and length.isascii() and length.isdecimal():
        environ["wsgi.input"] = Declared(environ["wsgi.input"], int(length))


def _receive(environ: Environ, body: IO[bytes]) -> tuple[Any, str]:
    """The chunked body and its length; of one that is too long no more than shows that it is."""
    most = most_bytes(environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower())
    try:
        while body.tell() <= most and (piece := environ["wsgi.input"].read(PIECE_BYTES)):
            body.write(piece)
    except OSError:
        return Declared(BytesIO(), 1), "1"
    length = body.tell()
    body.seek(0)
    return body, str(length)
