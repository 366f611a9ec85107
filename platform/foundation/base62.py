"""Base 62 in ASCII order, so that fixed-width numbers sort as text the way they sort as numbers."""

import string

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase


def encode(number: int, width: int) -> str:
    """`number` in base 62, left-padded with zeros to `width` characters."""
    digits = []
    while number:
        number, remainder = divmod(number, 62)
        digits.append(ALPHABET[remainder])
    return "".join(reversed(digits)).rjust(width, "0")
