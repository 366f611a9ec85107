"""Whose address a request comes from, where proxies stand in between."""

import functools
import ipaddress
from collections.abc import Sequence

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def client_address(peer: str, forwarded: str | None, trusted: Sequence[str]) -> str:
    """The client's IP address, or "" when nothing trustworthy names one.

    `peer` is the connection's other end ("" for a unix socket, which only a local proxy can reach),
    `forwarded` the X-Forwarded-For header, `trusted` the proxies' networks (CIDR). Each proxy adds
    its own peer at the right end, so the list is read from there until a stranger stands in it.
    """
    if peer and not _within(peer, trusted):
        return peer
    hops = [hop.strip() for hop in (forwarded or "").split(",")] if trusted else []
    for hop in reversed(hops):
        if not _is_address(hop):
            return peer
        if not _within(hop, trusted):
            return hop
    return peer


def throttled_as(address: str) -> str:
    """What unauthenticated calls are counted by: an IPv4 address, or an IPv6 user's whole /64."""
    if not _is_address(address):
        return "unknown"
    parsed = ipaddress.ip_address(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.IPv6Network((parsed, 64), strict=False).network_address)
    return str(parsed)


def _within(address: str, networks: Sequence[str]) -> bool:
    if not networks or not _is_address(address):
        return False
    parsed = ipaddress.ip_address(address)
    return any(parsed in _network(each) for each in networks)


@functools.lru_cache(maxsize=1024)
def _network(text: str) -> Network:
    return ipaddress.ip_network(text, strict=False)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
