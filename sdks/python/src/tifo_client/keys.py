"""The form of a key, told without a network, and how to speak of one without showing it.

The form is that of docs/reference/keys.md: a prefix, 30 base62 characters, 6 of CRC-32.
"""

import re
import string
import zlib

PREFIXES = ("tifo_live_", "tifo_test_")
LENGTH, CHECKSUM_LENGTH = 36, 6  # after the prefix; of these, the checksum
_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
_KEY = re.compile(r"(tifo_(?:live|test)_)[0-9A-Za-z]+")
_PLACEHOLDER = re.compile(r"…|\.\.\.|<|>|\bxxx", re.IGNORECASE)


def hidden(text: str) -> str:
    """`text` with every key in it cut off after its prefix."""
    return _KEY.sub(r"\1…", text)


def flaw(key: object) -> str | None:
    """What is wrong with a key that cannot be one, in words that do not show it; else None."""
    if not isinstance(key, str):
        return f"The key is {type(key).__name__}, not text: is the variable set that it comes from?"
    if not key:
        return "The key is empty: is the variable set that it comes from?"
    if key.lower().startswith("bearer"):
        return "The key begins with the word Bearer; give the key alone."
    if key[0] in "'\"" or key[-1] in "'\"":
        return "The key stands in quotation marks; give it without them."
    prefix = next((each for each in PREFIXES if key.startswith(each)), None)
    if prefix is None:
        return f"The key begins neither with {PREFIXES[0]} nor with {PREFIXES[1]}."
    said = _flaw_after_prefix(key, key.removeprefix(prefix))
    return said and f"The key {prefix}… {said}"


def _flaw_after_prefix(key: str, rest: str) -> str | None:
    if _PLACEHOLDER.search(rest):
        return "is the placeholder of an example; put your own key in its place."
    if any(each.isspace() for each in rest):
        return "has a space or a line break in it."
    if not all(each in _BASE62 for each in rest):
        return "has a character that no key has."
    if len(rest) != LENGTH:
        return f"has {len(rest)} characters after its prefix and not {LENGTH}."
    if _checksum(key[:-CHECKSUM_LENGTH]) != key[-CHECKSUM_LENGTH:]:
        return "has a wrong checksum: some character was changed on its way."
    return None


def _checksum(body: str) -> str:
    number, digits = zlib.crc32(body.encode()), ""
    for _ in range(CHECKSUM_LENGTH):
        number, remainder = divmod(number, 62)
        digits = _BASE62[remainder] + digits
    return digits
