"""Blocking connections to one Redis: few system calls around hiredis, for many threads."""

import select
import socket
import ssl
from collections.abc import Callable
from typing import Any

import hiredis

from ratelimit import forks
from ratelimit.connections import resp
from ratelimit.connections.address import Address
from ratelimit.connections.breaker import Breaker
from ratelimit.errors import RedisAway, raise_if_unable

_READ_AT_ONCE = 16_384


class Link:
    """Sends one command at a time per connection and keeps as many as there are threads at once.

    `timeout_s` bounds connecting, and each wait for the answer. `on_lost` is called once for every
    connection that was lost, before anything is sent over another.
    """

    def __init__(
        self,
        address: Address,
        *,
        timeout_s: float,
        breaker: Breaker,
        on_lost: Callable[[], None],
    ) -> None:
        self.breaker = breaker
        self._address = address
        self._timeout_s = timeout_s
        self._on_lost = on_lost
        self._idle: list[_Connection] = []  # append and pop are atomic: no lock
        forks.reset_in_children(self)

    def execute(self, *command: str | bytes | int) -> Any:
        """The reply; a `hiredis.ReplyError` is returned, for the caller to judge.

        Raises:
            RedisAway: see there.
        """
        self.breaker.check()
        try:
            reply = self._exchange(resp.pack(command))
            raise_if_unable(reply)
        except RedisAway:
            self.breaker.failed()
            raise
        self.breaker.succeeded()
        return reply

    def close(self) -> None:
        """Close what is idle; a later call opens anew."""
        while self._idle:
            self._idle.pop().close()

    def reset(self) -> None:
        """In a forked child: the parent goes on using its connections."""
        self._idle = []

    def _exchange(self, packed: bytes) -> Any:
        try:
            connection = self._take()
            try:
                reply = connection.exchange(packed)
            except BaseException:
                # The answer may still come, and must not be read as the answer to another call.
                connection.close()
                self._on_lost()
                raise
        except (OSError, hiredis.HiredisError) as error:
            raise RedisAway(f"{self._address}: {error}") from error
        self._idle.append(connection)
        return reply

    def _take(self) -> "_Connection":
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return _open(self._address, self._timeout_s)
            if connection.is_quiet():
                return connection
            connection.close()
            self._on_lost()


class _Connection:
    """A socket, and the parser of what comes out of it. Closes itself when it is let go."""

    __slots__ = ("_poll", "_reader", "_socket", "_timeout_s")

    def __init__(self, opened: socket.socket, timeout_s: float) -> None:
        self._socket = opened
        self._timeout_s = timeout_s
        self._reader = resp.reader()
        self._poll = select.poll()
        self._poll.register(opened, select.POLLIN)

    def exchange(self, packed: bytes) -> Any:
        self._socket.sendall(packed)
        while (reply := self._reader.gets()) is resp.MORE:
            data = self._socket.recv(_READ_AT_ONCE)
            if not data:
                raise ConnectionError("Redis closed the connection")
            self._reader.feed(data)
        return reply

    def is_quiet(self) -> bool:
        """Whether nothing has come unasked, such as the end. Over TLS, only TLS' own may come."""
        if self._reader.has_data():
            return False
        if not self._poll.poll(0):
            return True
        self._socket.settimeout(0)
        try:
            self._socket.recv(1)
        except (BlockingIOError, ssl.SSLWantReadError):
            return True
        except OSError:
            return False
        finally:
            self._socket.settimeout(self._timeout_s)
        return False

    def close(self) -> None:
        self._socket.close()

    __del__ = close


def _open(address: Address, timeout_s: float) -> _Connection:
    connection = _Connection(_connected(address, timeout_s), timeout_s)
    try:
        for command in address.greeting:
            reply = connection.exchange(resp.pack(command))
            if isinstance(reply, hiredis.ReplyError):
                raise reply
    except BaseException:
        connection.close()
        raise
    return connection


def _connected(address: Address, timeout_s: float) -> socket.socket:
    if address.path is None:
        found = socket.create_connection((address.host, address.port), timeout_s)
        found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if address.tls is None:
            return found
        return address.tls.wrap_socket(found, server_hostname=address.host)
    found = socket.socket(socket.AF_UNIX)
    found.settimeout(timeout_s)
    try:
        found.connect(address.path)
    except OSError:
        found.close()
        raise
    return found
