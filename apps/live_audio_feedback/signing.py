"""Signatures of receipts: Ed25519 (RFC 8032), with a key that follows from the platform's secret.

Nothing is stored that could sign. A new secret makes a new key; the public ones of all keys that
ever signed are kept and published, so that old receipts can be checked for good.
"""

import functools
import hashlib
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

ALGORITHM: Final = "Ed25519"
_PURPOSE: Final = b"tifo receipts of sessions, 1"


def public_key() -> bytes:
    """The 32 bytes of the key that signs now."""
    return _private(settings.SECRET_KEY).public_key().public_bytes_raw()


def key_id(public: bytes) -> str:
    """A key's name follows from its bytes, so that nobody can publish another under it."""
    return f"rck_{hashlib.sha256(public).hexdigest()[:32]}"


def sign(message: bytes) -> bytes:
    """The 64 bytes of the signature."""
    return _private(settings.SECRET_KEY).sign(message)


def is_genuine(message: bytes, signature: bytes, public: bytes) -> bool:
    """Whether the owner of the key signed this very message."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


@functools.lru_cache(maxsize=2)
def _private(secret: str) -> Ed25519PrivateKey:
    seed = HKDF(SHA256(), 32, salt=None, info=_PURPOSE).derive(secret.encode())
    return Ed25519PrivateKey.from_private_bytes(seed)
