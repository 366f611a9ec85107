"""What an answer must say of itself before a byte of it is believed. Pure but for `opened`."""

import http.client
import re
import urllib.parse
from collections.abc import Mapping
from typing import NamedTuple

from modelhub.remote.connection import Connection, refusals
from modelhub.remote.errors import Code, RemoteRefused
from modelhub.remote.reach import Reach

_MOVED = frozenset({301, 302, 303, 307, 308})
_MAX_DIGITS = 18
_content_range = re.compile(
    rf"bytes (\d{{1,{_MAX_DIGITS}}})-(\d{{1,{_MAX_DIGITS}}})/(\d{{1,{_MAX_DIGITS}}})"
)


class Identity(NamedTuple):
    """Which file it is: its size in bytes, and how the server tells its versions apart."""

    size: int
    etag: str = ""
    last_modified: str = ""


def opened(
    url: str, reach: Reach, headers: Mapping[str, str], within_s: float
) -> tuple[Connection, http.client.HTTPResponse]:
    """Ask a URL, and where it moved to; each address on the way is checked as the first was.

    Never from https to http, whatever the reach. Raises RemoteRefused.
    """
    for _ in range(reach.redirects + 1):
        connection = Connection(reach.target(url), reach)
        try:
            answer = connection.ask(headers, within_s)
            if answer.status not in _MOVED:
                return connection, answer
            location = _location(answer)
        except BaseException:
            connection.close()
            raise
        connection.close()
        with refusals(connection.target):
            moved = urllib.parse.urljoin(url, location)
        if url.startswith("https:") and not moved.startswith("https:"):
            raise RemoteRefused(Code.SCHEME, scheme=urllib.parse.urlsplit(moved).scheme)
        url = moved
    raise RemoteRefused(Code.REDIRECTS, limit=reach.redirects)


def of_part(answer: http.client.HTTPResponse, start: int, length: int) -> Identity:
    """Check that an answer is the part that was asked for, shorter only at the file's end."""
    if answer.status == 200:
        raise RemoteRefused(Code.NO_RANGES)
    if answer.status == 416 and start == 0:
        raise RemoteRefused(Code.BAD_ANSWER, found="an empty file")
    _expect_status(answer, 206)
    found = _content_range.fullmatch(answer.headers.get("Content-Range", ""))
    if found is None:
        raise RemoteRefused(Code.BAD_ANSWER, found="no Content-Range")
    first, last, size = map(int, found.groups())
    if first != start or last + 1 != min(start + length, size) or last < first:
        raise RemoteRefused(Code.BAD_ANSWER, found=f"bytes {first}-{last}/{size}")
    _expect_length(answer, last + 1 - first)
    return _identity(answer, size)


def of_whole(answer: http.client.HTTPResponse) -> Identity | None:
    """Check that an answer is a whole file; None where it does not say how long that is."""
    _expect_status(answer, 200)
    length = _length(answer)
    return None if length is None else _identity(answer, length)


def _identity(answer: http.client.HTTPResponse, size: int) -> Identity:
    headers = answer.headers
    return Identity(size, headers.get("ETag", ""), headers.get("Last-Modified", ""))


def _expect_status(answer: http.client.HTTPResponse, status: int) -> None:
    if answer.status != status:
        raise RemoteRefused(Code.STATUS, found=answer.status)
    encoding = answer.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding != "identity":
        raise RemoteRefused(Code.BAD_ANSWER, found=f"Content-Encoding: {encoding}")


def _expect_length(answer: http.client.HTTPResponse, length: int) -> None:
    declared = _length(answer)
    if declared is not None and declared != length:
        raise RemoteRefused(Code.BAD_ANSWER, found=declared, expected=length)


def _length(answer: http.client.HTTPResponse) -> int | None:
    declared = answer.headers.get("Content-Length")
    if declared is None:
        return None
    if not (declared.isascii() and declared.isdigit() and len(declared) <= _MAX_DIGITS):
        raise RemoteRefused(Code.BAD_ANSWER, found=f"Content-Length: {declared}")
    return int(declared)


def _location(answer: http.client.HTTPResponse) -> str:
    location = answer.headers.get("Location", "")
    if not location:
        raise RemoteRefused(Code.BAD_ANSWER, found="no Location")
    return location
