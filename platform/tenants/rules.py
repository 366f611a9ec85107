"""Pure rules of keys: their shape, their checksum, their hash, and whether one is usable now."""

import hashlib
import hmac
import re
import zlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from foundation import base62

PATTERN = r"tifo_(?:live|test)_[0-9A-Za-z]{36}"
_shape = re.compile(PATTERN)
SECRET_LENGTH = 30
CHECKSUM_LENGTH = 6


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
    """Revocation wins over expiry; both take effect at the very instant they name."""
    if dates.revoked_at is not None and dates.revoked_at <= now:
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


def _checksum(body: str) -> str:
    return base62.encode(zlib.crc32(body.encode()), CHECKSUM_LENGTH)
