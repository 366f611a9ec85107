"""Where a Redis is, and what it wants to hear first."""

import ssl
from dataclasses import dataclass
from typing import Any, Self

from redis.asyncio.connection import SSLConnection
from redis.connection import parse_url

from ratelimit.connections.resp import Command


@dataclass(frozen=True, slots=True)
class Address:
    """A unix socket's `path`, or a `host` and `port`; `greeting` ends with a PING.

    The PING makes a server that cannot serve say so before the first call is sent.
    """

    path: str | None
    host: str
    port: int
    tls: ssl.SSLContext | None
    greeting: tuple[Command, ...]

    @classmethod
    def of(cls, url: str) -> Self:
        """Read a `redis://`, `rediss://` or `unix://` URL as redis-py does.

        Options that tune redis-py's own pools are passed over.

        Raises:
            ValueError: a URL of another kind.
        """
        options = parse_url(url)  # type: ignore[no-untyped-call]
        return cls(
            options.get("path"),
            options.get("host", "localhost"),
            options.get("port", 6379),
            _tls(options) if url.startswith("rediss:") else None,
            _greeting(options),
        )

    def __str__(self) -> str:
        """Without a password."""
        return self.path or f"{self.host}:{self.port}"


def _greeting(options: dict[str, Any]) -> tuple[Command, ...]:
    said: list[Command] = []
    if "password" in options:
        user = [options["username"]] if "username" in options else []
        said.append(("AUTH", *user, options["password"]))
    if options.get("db"):
        said.append(("SELECT", options["db"]))
    if "client_name" in options:
        said.append(("CLIENT", "SETNAME", options["client_name"]))
    return (*said, ("PING",))


def _tls(options: dict[str, Any]) -> ssl.SSLContext:
    asked = {name: value for name, value in options.items() if name.startswith("ssl_")}
    return SSLConnection(**asked).ssl_context.get()
