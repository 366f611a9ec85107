"""One connection to the address that was checked, and no answer that never ends."""

import http.client
import io
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from modelhub.remote.errors import Code, RemoteRefused
from modelhub.remote.reach import Reach, Target

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_HEADERS: Mapping[str, str] = {"Accept-Encoding": "identity", "User-Agent": "tifo"}


class _Deadline:
    """When an answer must have come, all of it; a server that drips gets no more time."""

    def __init__(self, reach: Reach, within_s: float) -> None:
        self._monotonic = reach.monotonic
        self._silent_for_s = reach.silent_for_s
        self._end = reach.monotonic() + within_s

    def next_s(self) -> float:
        """How long to wait for the next piece; raises TimeoutError when there is no time left."""
        left = self._end - self._monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long")
        return min(left, self._silent_for_s)


class _Bytes(io.RawIOBase):
    """What comes in through a socket, piece by piece, each within the deadline."""

    def __init__(self, line: "_Line") -> None:
        self._line = line

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        line = self._line
        line.socket.settimeout(line.deadline.next_s())
        return line.socket.recv_into(buffer)


class _Line:
    """A socket as http.client uses one, with a deadline that each request sets anew."""

    def __init__(self, connected: socket.socket, deadline: _Deadline) -> None:
        self.socket = connected
        self.deadline = deadline

    def makefile(self, *_: Any) -> io.BufferedReader:
        return io.BufferedReader(_Bytes(self))

    def sendall(self, data: bytes) -> None:
        self.socket.settimeout(self.deadline.next_s())
        self.socket.sendall(data)

    def close(self) -> None:
        """http.client lets go of a socket before an answer is read; `Connection` hangs up."""


class Connection:
    """Asks one target, again and again, only ever at an address that its check found.

    `ask` raises RemoteRefused for whatever goes wrong on the way.
    """

    def __init__(self, target: Target, reach: Reach) -> None:
        self.target = target
        self._reach = reach
        self._addresses = target.addresses
        self._line: _Line | None = None
        self._http: http.client.HTTPConnection | None = None

    def ask(self, headers: Mapping[str, str], within_s: float) -> http.client.HTTPResponse:
        """Send a GET and return the answer, its body unread."""
        deadline = _Deadline(self._reach, within_s)
        with refusals(self.target):
            if self._http is None or self._http.sock is None:
                self._connect(deadline)
            assert self._http is not None
            assert self._line is not None
            self._line.deadline = deadline
            self._http.request(
                "GET",
                self.target.path,
                headers={"Host": self.target.authority, **_HEADERS, **headers},
            )
            return self._http.getresponse()

    def close(self) -> None:
        """Hang up; the next `ask` connects again, to the same address."""
        if self._http is not None:
            self._http.close()
        if self._line is not None:
            self._line.socket.close()
        self._http = self._line = None

    def _connect(self, deadline: _Deadline) -> None:
        self.close()
        target = self.target
        connected = self._reached()
        try:
            if target.scheme == "https":
                # The name is what is asked for and proved; the address was settled before.
                connected = self._reach.tls().wrap_socket(connected, server_hostname=target.host)
        except BaseException:
            connected.close()
            raise
        self._line = _Line(connected, deadline)
        self._http = http.client.HTTPConnection(target.host, target.port)
        self._http.auto_open = 0
        self._http.sock = self._line  # it uses no more of a socket than this

    def _reached(self) -> socket.socket:
        """A connection to the first of the checked addresses that answers, and then to that one."""
        failure = OSError("no address")
        for address in self._addresses:
            try:
                connected = socket.create_connection(
                    (address, self.target.port), timeout=self._reach.connect_within_s
                )
            except OSError as error:
                failure = error
            else:
                self._addresses = (address,)
                return connected
        raise failure


@contextmanager
def refusals(target: Target) -> Iterator[None]:
    """Turn whatever a network may do within the block into RemoteRefused."""
    host = target.host
    try:
        yield
    except TimeoutError as error:
        raise RemoteRefused(Code.TIMEOUT, host=host) from error
    except ssl.SSLError as error:
        raise RemoteRefused(Code.TLS, host=host) from error
    except (http.client.IncompleteRead, ConnectionResetError, BrokenPipeError) as error:
        raise RemoteRefused(Code.CUT_OFF, host=host) from error
    except (http.client.HTTPException, ValueError) as error:
        raise RemoteRefused(Code.BAD_ANSWER, host=host) from error
    except OSError as error:
        raise RemoteRefused(Code.UNREACHABLE, host=host) from error
