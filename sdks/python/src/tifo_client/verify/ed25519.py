"""Whether an Ed25519 signature is genuine, by RFC 8032, section 5.1.7. Needs Python alone.

Only public values go in, so that nothing has to be kept from whoever measures how long it takes.
"""

import hashlib
from typing import Final

# The field's prime, the order of the base point's group, and the curve -x² + y² = 1 + d x² y².
PRIME: Final = 2**255 - 19
ORDER: Final = 2**252 + 27742317777372353535851937790883648493
D: Final = -121665 * pow(121666, -1, PRIME) % PRIME
ROOT: Final = pow(2, (PRIME - 1) // 4, PRIME)  # of -1
Point = tuple[int, int, int, int]  # x = X / Z, y = Y / Z, x y = T / Z


def is_genuine(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the owner of the 32 bytes signed the message; False for whatever is malformed."""
    if len(public_key) != 32 or len(signature) != 64:
        return False
    owner, commitment = _point(public_key), _point(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if owner is None or commitment is None or scalar >= ORDER:
        return False
    digest = hashlib.sha512(signature[:32] + public_key + message).digest()
    challenge = int.from_bytes(digest, "little") % ORDER
    return _equal(_times(scalar, BASE), _add(commitment, _times(challenge, owner)))


def _point(encoded: bytes) -> Point | None:
    """Section 5.1.3: y in 255 bits, and the sign of x in the last."""
    number = int.from_bytes(encoded, "little")
    odd, y = number >> 255, number & ((1 << 255) - 1)
    if y >= PRIME:
        return None
    squared = (y * y - 1) * pow(D * y * y + 1, -1, PRIME) % PRIME
    x = pow(squared, (PRIME + 3) // 8, PRIME)
    if (x * x - squared) % PRIME:
        x = x * ROOT % PRIME
    if (x * x - squared) % PRIME or (x == 0 and odd):
        return None
    if x % 2 != odd:
        x = PRIME - x
    return x, y, 1, x * y % PRIME


def _add(p: Point, q: Point) -> Point:
    """Section 5.1.4; the same formula doubles."""
    a = (p[1] - p[0]) * (q[1] - q[0]) % PRIME
    b = (p[1] + p[0]) * (q[1] + q[0]) % PRIME
    c = 2 * p[3] * q[3] * D % PRIME
    d = 2 * p[2] * q[2] % PRIME
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % PRIME, g * h % PRIME, f * g % PRIME, e * h % PRIME


def _times(scalar: int, p: Point) -> Point:
    total: Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            total = _add(total, p)
        p, scalar = _add(p, p), scalar >> 1
    return total


def _equal(p: Point, q: Point) -> bool:
    return not ((p[0] * q[2] - q[0] * p[2]) % PRIME or (p[1] * q[2] - q[1] * p[2]) % PRIME)


def _base() -> Point:
    found = _point((4 * pow(5, -1, PRIME) % PRIME).to_bytes(32, "little"))
    assert found is not None
    return found


BASE: Final = _base()
