"""How far out a fetch may reach: schemes, ports, addresses, time and bytes."""

import ipaddress
import re
import socket
import ssl
import time
import urllib.parse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from modelhub.remote.addresses import is_public
from modelhub.remote.errors import Code, RemoteRefused

_LONGEST_URL = 4096  # signed links of stores are long
_LONGEST_HOST = 253
_host = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_])?\.?")
_printable = re.compile(r"[!-\[\]-~]+")  # ASCII without spaces and without the backslash

# A host and nothing before or after it that might be a name, a password or a part of one.
_host_alone = re.compile(r"https?://([a-z0-9._-]+|\[[0-9a-f:.]+\])([/?#].*)?", re.IGNORECASE)
_scheme = re.compile(r"https?://", re.IGNORECASE)

Resolver = Callable[[str, int], Sequence[str]]


class Target(NamedTuple):
    """A checked URL: where to connect, whom to expect there, and what to ask for."""

    scheme: str
    host: str
    port: int
    path: str
    addresses: tuple[str, ...]

    @property
    def url(self) -> str:
        """The URL once more, without what is of no concern to the server."""
        return f"{self.scheme}://{self.authority}{self.path}"

    @property
    def authority(self) -> str:
        """Host and port as the Host header names them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = {"https": 443, "http": 80}[self.scheme]
        return host if self.port == usual else f"{host}:{self.port}"


def without_userinfo(url: str) -> str:
    """The address as it may be shown: no name and no password, whether it is a URL or not.

    Nothing up to the last `@` is kept, but for the scheme, unless it surely follows the host: a
    password with a slash or a question mark in it is not where a URL has one.
    """
    before, at, after = url.rpartition("@")
    if not at or _host_alone.fullmatch(url):
        return url
    scheme = _scheme.match(before)
    return f"{scheme[0] if scheme else ''}{after}"


def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses of a name, as the machine's resolver knows them; raises OSError."""
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(answer[4][0]) for answer in answers))


@dataclass(frozen=True)
class Reach:
    """What a fetch may do. Everything that the world decides is an argument, for tests.

    allows_http      whether `http` is a scheme: for a store in one's own network, never for the web
    networks         networks (CIDR) that are reached although they are not public
    ports            the ports that may be asked for
    connect_within_s, silent_for_s   seconds for a connection, and between two pieces of an answer
    answer_within_s  seconds for a whole answer that is read in parts
    download_within_s  seconds for a whole download
    redirects        how many are followed
    requests, bytes_read   how many requests, and bytes of their answers, one source may take
    resolver, tls, monotonic   names, certificates and time
    """

    allows_http: bool = False
    networks: tuple[str, ...] = ()
    ports: frozenset[int] = frozenset({443, 8443})
    connect_within_s: float = 10.0
    silent_for_s: float = 20.0
    answer_within_s: float = 60.0
    download_within_s: float = 3600.0
    redirects: int = 5
    requests: int = 2000
    bytes_read: int = 64 * 1024 * 1024
    resolver: Resolver = resolve
    tls: Callable[[], ssl.SSLContext] = ssl.create_default_context
    monotonic: Callable[[], float] = field(default=time.monotonic)

    def target(self, url: str) -> Target:
        """Check a URL, and resolve its host once.

        Where one of them is not public none is taken: a name that leads both ways is a trap.
        Raises RemoteRefused.
        """
        scheme, host, port, path = self._parts(url)
        try:
            addresses = tuple(self.resolver(host, port))
        except (OSError, UnicodeError) as error:
            raise RemoteRefused(Code.UNRESOLVED, host=host) from error
        if not addresses:
            raise RemoteRefused(Code.UNRESOLVED, host=host)
        for address in addresses:
            if not self._admits(address):
                raise RemoteRefused(Code.NOT_PUBLIC, host=host)
        return Target(scheme, host, port, path, addresses)

    def _parts(self, url: str) -> tuple[str, str, int, str]:
        # urlsplit drops tabs and line feeds without a word, so they are refused before.
        if len(url) > _LONGEST_URL or not _printable.fullmatch(url):
            raise RemoteRefused(Code.BAD_URL)
        try:
            parts = urllib.parse.urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError as error:
            raise RemoteRefused(Code.BAD_URL) from error
        if parts.scheme not in ("https", "http") or (
            parts.scheme == "http" and not self.allows_http
        ):
            # Without `//` a name before a password looks like a scheme.
            raise RemoteRefused(Code.SCHEME, scheme=parts.scheme if parts.netloc else "")
        if "@" in parts.netloc:
            raise RemoteRefused(Code.CREDENTIALS)
        if len(host) > _LONGEST_HOST or not (_host.fullmatch(host) or _is_ipv6(host)):
            raise RemoteRefused(Code.BAD_URL)
        port = port if port is not None else {"https": 443, "http": 80}[parts.scheme]
        if port not in self.ports:
            raise RemoteRefused(Code.PORT, port=port)
        path = urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, ""))
        return parts.scheme, host, port, path

    def _admits(self, address: str) -> bool:
        if is_public(address):
            return True
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        networks = [ipaddress.ip_network(each) for each in self.networks]
        return any(parsed.version == each.version and parsed in each for each in networks)


def _is_ipv6(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).version == 6 and "%" not in host
    except ValueError:
        return False
