"""Pure rules of an organisation: its keys, and the tiers that its users lead it through."""

from tenants.rules.keys import (
    PATTERN,
    SECRET_LENGTH,
    KeyDates,
    KeyState,
    allowed_from,
    build_token,
    fingerprint,
    key_state,
    network,
    preview,
    well_formed,
)

__all__ = [
    "PATTERN",
    "SECRET_LENGTH",
    "KeyDates",
    "KeyState",
    "allowed_from",
    "build_token",
    "fingerprint",
    "key_state",
    "network",
    "preview",
    "well_formed",
]
