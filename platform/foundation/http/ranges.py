"""Which part of a file a request asks for: RFC 9110, section 14."""

import re
from typing import Final

from foundation.errors import Retry, TifoError

_asked: Final = re.compile(r"bytes=(\d{0,19})-(\d{0,19})", re.ASCII | re.IGNORECASE)


class NoSuchRange(TifoError):
    status = 416
    code = "range-not-satisfiable"
    title = "The file has no such bytes"
    meaning = "`Range` asks for bytes that lie behind the end of the file."
    remedy = "Ask for bytes before the length that `Content-Range` of the answer gives."
    retry = Retry.NO

    def __init__(self, size: int) -> None:
        super().__init__(headers={"Content-Range": f"bytes */{size}"})


def part_of(header: str | None, *, size: int) -> tuple[int, int] | None:
    """The first byte and the one behind the last of what is asked for; None for the whole.

    A header that is not of this form, or asks for several parts, is passed over, as the RFC allows.
    Raises NoSuchRange.
    """
    found = _asked.fullmatch((header or "").replace(" ", ""))
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        start, stop = max(0, size - int(last)), size
    else:
        start, stop = int(first), min(size, int(last) + 1 if last else size)
        if last and int(last) < int(first):
            return None
    if start >= stop:
        raise NoSuchRange(size)
    return start, stop
