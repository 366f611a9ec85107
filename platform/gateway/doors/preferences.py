"""What a caller would rather have (RFC 7240), where the platform can do it."""

import re
from typing import Final

HEADER: Final = "Prefer"
META: Final = "HTTP_PREFER"
APPLIED: Final = "Preference-Applied"
LONGEST_WAIT_S: Final = 60
_LONGEST: Final = 1_000  # of a header that is looked at
_WORD: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_preference = re.compile(
    rf"""[ \t]*({_WORD})(?:[ \t]*=[ \t]*({_WORD}|"(?:[^"\\]|\\.)*"))?"""
    rf"""(?:[ \t]*;[ \t]*(?:{_WORD}(?:[ \t]*=[ \t]*(?:{_WORD}|"(?:[^"\\]|\\.)*"))?)?)*[ \t]*"""
)


def wait_s(header: str | None) -> int:
    """The seconds of the preference `wait`, 60 at most; 0 where there is none.

    Of several the first counts, and what is malformed is as if it were not there (section 2).
    """
    rest = (header or "")[:_LONGEST]
    while rest:
        found = _preference.match(rest)
        if found is None or rest[found.end() : found.end() + 1] not in ("", ","):
            return 0
        name, value = found[1].lower(), (found[2] or "").strip('"')
        if name == "wait":
            return min(int(value[:9]), LONGEST_WAIT_S) if _is_whole(value) else 0
        rest = rest[found.end() + 1 :]
    return 0


def _is_whole(value: str) -> bool:
    return value.isascii() and value.isdecimal()
