"""A whole file from the web, hashed as it comes, and never larger than it may be."""

import hashlib
import http.client
from collections.abc import Iterator
from typing import NamedTuple, Protocol

from modelhub.remote.answers import Identity, of_whole, opened
from modelhub.remote.connection import Connection, refusals
from modelhub.remote.errors import Code, RemoteRefused
from modelhub.remote.reach import Reach

_PIECE = 1024 * 1024


class Sink(Protocol):
    """What takes the bytes: a file opened for writing."""

    def write(self, data: bytes, /) -> object: ...


class Downloaded(NamedTuple):
    """What came: from where in the end, how many bytes, their SHA-256 (hex), and which version."""

    url: str
    size: int
    sha256: str
    etag: str
    last_modified: str


def download(
    url: str,
    into: Sink,
    *,
    most_bytes: int,
    reach: Reach | None = None,
    expected: Identity | None = None,
    sha256: str = "",
) -> Downloaded:
    """Fetch a URL from its first byte to its last into `into`; what came before an error stays.

    `expected` is the identity of the file that was probed, `sha256` a digest (hex) that the caller
    knows. Raises RemoteRefused: file_too_large beyond `most_bytes`, file_changed, file_cut_off,
    digest_mismatch, and whatever `HttpRangeSource` may raise.
    """
    reach = reach or Reach()
    connection, answer = opened(url, reach, {}, reach.download_within_s)
    try:
        declared = of_whole(answer)
        _check(answer, declared, expected, most_bytes)
        digest, size = hashlib.sha256(), 0
        for piece in _pieces(connection, answer):
            size += len(piece)
            if size > most_bytes:
                raise RemoteRefused(Code.TOO_LARGE, limit=most_bytes)
            digest.update(piece)
            into.write(piece)
    finally:
        connection.close()
    wanted = declared or expected
    if wanted is not None and size != wanted.size:
        raise RemoteRefused(Code.CUT_OFF, found=size, expected=wanted.size)
    if sha256 and digest.hexdigest() != sha256.lower():
        raise RemoteRefused(Code.DIGEST, found=digest.hexdigest(), expected=sha256)
    headers = answer.headers
    return Downloaded(
        connection.target.url,
        size,
        digest.hexdigest(),
        headers.get("ETag", ""),
        headers.get("Last-Modified", ""),
    )


def _check(
    answer: http.client.HTTPResponse,
    declared: Identity | None,
    expected: Identity | None,
    most_bytes: int,
) -> None:
    """Refuse by what is declared, before anything is written."""
    size = declared.size if declared else expected.size if expected else 0
    if size > most_bytes:
        raise RemoteRefused(Code.TOO_LARGE, limit=most_bytes, found=size)
    if expected is None:
        return
    headers = answer.headers
    found = Identity(size, headers.get("ETag", ""), headers.get("Last-Modified", ""))
    if found != expected:
        raise RemoteRefused(Code.CHANGED)


def _pieces(connection: Connection, answer: http.client.HTTPResponse) -> Iterator[bytes]:
    while True:
        with refusals(connection.target):
            piece = answer.read(_PIECE)
        if not piece:
            return
        yield piece
