"""Pure rules of keys: their shape, their checksum, their hash, and whether one is usable now."""

import functools
import hashlib
import hmac
import ipaddress
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from foundation import base62

PATTERN = r"tifo_(?:live|test)_[0-9A-Za-z]{36}"
_shape = re.compile(PATTERN)
SECRET_LENGTH = 30
CHECKSUM_LENGTH = 6
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class KeyState(StrEnum):
    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True)
class KeyDates:
    """The moments that decide whether a key may be used."""

    expires_at: datetime | None
    revoked_at: datetime | None


def key_state(dates: KeyDates, now: datetime) -> KeyState:
    """Revocation wins over expiry, which takes effect at the very instant it names.

    A key with a revocation is revoked, whatever the time: `now` may have been taken just before,
    or by a clock that is behind, and what was read would be relied upon for seconds.
    """
    if dates.revoked_at is not None:
        return KeyState.REVOKED
    if dates.expires_at is not None and dates.expires_at <= now:
        return KeyState.EXPIRED
    return KeyState.ACTIVE


def build_token(random: str, *, livemode: bool) -> str:
    """`tifo_live_` or `tifo_test_`, 30 base62 characters (178 bits), 6 of CRC-32 over these."""
    body = f"tifo_{'live' if livemode else 'test'}_{random}"
    return body + _checksum(body)


def well_formed(token: str) -> bool:
    """Shape and checksum, so that a mistyped or invented key is refused without any I/O."""
    return (
        bool(_shape.fullmatch(token))
        and _checksum(token[:-CHECKSUM_LENGTH]) == token[-CHECKSUM_LENGTH:]
    )


def fingerprint(token: str, pepper: str) -> str:
    """Keyed SHA-256 in hex: the only form in which a secret is stored."""
    return hmac.new(pepper.encode(), token.encode(), hashlib.sha256).hexdigest()


def preview(token: str) -> str:
    """What may be shown for ever: the prefix and the last four characters."""
    return f"{token[:10]}…{token[-4:]}"


@functools.lru_cache(maxsize=4096)
def network(text: str) -> Network:
    """The network written in CIDR; a bare address is a network of one. Raises ValueError.

    Bits to the right of the prefix are refused: `10.0.0.5/8` may mean one host or 16 million.
    """
    if "%" in text:
        raise ValueError(f"{text!r} names a network interface, which no other machine knows.")
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        raise ValueError(_unread(text)) from None


def _unread(text: str) -> str:
    try:
        meant = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return f"{text!r} is no network in CIDR notation: 203.0.113.0/24 and 2001:db8::/32 are."
    return f"{text!r} has bits behind its prefix: write {meant} if all of that network is meant."


def allowed_from(networks: Sequence[str], address: str) -> bool:
    """Whether a key for these networks may be used from `address`; none at all means anywhere.

    What is not an address (a unix socket's peer has none) lies in no network.
    """
    if not networks:
        return True
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    # A socket that serves IPv4 and IPv6 tells an IPv4 peer as ::ffff:a.b.c.d.
    plain = getattr(found, "ipv4_mapped", None) or found
    return any(found in network(each) or plain in network(each) for each in networks)


def _checksum(body: str) -> str:
    return base62.encode(zlib.crc32(body.encode()), CHECKSUM_LENGTH)
