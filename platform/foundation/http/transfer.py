"""Bodies on their way in: a chunked one gets its length, and none that broke off counts as whole.

Django reads a body by its Content-Length alone. Without one it reads nothing, so a chunked body
would be taken for none; and it takes what ends too early for whole.
"""

from collections.abc import Callable, Iterable
from contextlib import closing
from io import IOBase
from typing import IO, Any, NamedTuple, NoReturn

from foundation.errors import TifoError

Environ = dict[str, Any]
Wsgi = Callable[[Environ, Any], Iterable[bytes]]
BODY = "tifo.body"  # under which an ASGI scope holds what was received for its twin under WSGI


class BrokenOff(OSError):
    """The client left before the body's end; Django makes an UnreadablePostError of it."""


class NotReceived(OSError):
    """The body was refused: the one argument is the error that says why."""


class Refused(IOBase):
    """The input of a request whose body was not received: only who reads it is told why."""

    def __init__(self, why: TifoError) -> None:
        self._why = why

    def read(self, _: int = -1, /) -> NoReturn:
        raise NotReceived(self._why)


class Body(NamedTuple):
    """What was received, at its beginning, and its length: None where the head stays as it is."""

    file: IO[bytes] | Refused
    length: str | None


def received(application: Wsgi) -> Wsgi:
    """The application, whose bodies lie in the scope of the ASGI server it is called from."""

    def serve(environ: Environ, start_response: Any) -> Iterable[bytes]:
        body: Body | None = environ["asgi.scope"].get(BODY)
        if body is None:
            return application(environ, start_response)
        if body.length is not None:
            environ.pop("HTTP_TRANSFER_ENCODING", None)
            environ["CONTENT_LENGTH"] = body.length
        with closing(body.file) as environ["wsgi.input"]:
            # A view has read what it wants of the body by the time it returns its answer.
            return application(environ, start_response)

    return serve


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
