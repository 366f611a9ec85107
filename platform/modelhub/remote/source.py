"""A file on the web as a source for `modelfiles`: read in parts, by HTTP ranges."""

import http.client
from types import TracebackType
from typing import Self

from modelhub.remote.answers import Identity, of_part, opened
from modelhub.remote.connection import Connection, refusals
from modelhub.remote.errors import Code, RemoteRefused
from modelhub.remote.reach import Reach

# Structure lies together mostly: a request costs as much as some ten thousand bytes.
_BLOCK = 64 * 1024

__all__ = ["HttpRangeSource", "Identity"]


class HttpRangeSource:
    """A file behind a URL, read in blocks of 64 KiB that are fetched once and kept.

    The first request resolves, follows redirects and learns the size; all later ones go to the
    address that it found, and must tell the same size, ETag and Last-Modified. `url` is where the
    file was in the end, `identity` which file it is. Satisfies `modelfiles.sources.Source`.

    Raises RemoteRefused, here and in `read`: for an address that is not public, an answer that is
    no part or another part, a file that changed, or more requests or bytes than `reach` gives.
    """

    def __init__(self, url: str, reach: Reach | None = None) -> None:
        self._reach = reach or Reach()
        self._blocks: dict[int, bytes] = {}
        self.requests = 0
        self.bytes_read = 0
        headers = self._headers(0, _BLOCK)
        self._connection, answer = opened(url, self._reach, headers, self._reach.answer_within_s)
        try:
            self.identity = of_part(answer, 0, _BLOCK)
            self._keep(0, self._body(answer, min(_BLOCK, self.identity.size)))
        except BaseException:
            self._connection.close()
            raise
        self.size = self.identity.size
        self.url = self._connection.target.url

    def read(self, offset: int, length: int) -> bytes:
        """Return exactly `length` bytes at `offset`; raises RemoteRefused."""
        end = offset + length
        if offset < 0 or length < 0 or end > self.size:
            raise RemoteRefused(Code.BAD_ANSWER, found="the end of the file", expected=end)
        first, stop = offset // _BLOCK, -(-end // _BLOCK)
        missing = [number for number in range(first, stop) if number not in self._blocks]
        if missing:
            self._fetch(missing[0], missing[-1] + 1)
        joined = b"".join(self._blocks[number] for number in range(first, stop))
        return joined[offset - first * _BLOCK : end - first * _BLOCK]

    def close(self) -> None:
        """Hang up; harmless when that is done already."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _fetch(self, first: int, stop: int) -> None:
        start = first * _BLOCK
        length = min(stop * _BLOCK, self.size) - start
        answer = self._ask(start, length)
        try:
            if of_part(answer, start, length) != self.identity:
                raise RemoteRefused(Code.CHANGED)
            self._keep(first, self._body(answer, length))
        except BaseException:
            self._connection.close()
            raise

    def _ask(self, start: int, length: int) -> http.client.HTTPResponse:
        headers = self._headers(start, length)
        connection: Connection = self._connection
        try:
            return connection.ask(headers, self._reach.answer_within_s)
        except RemoteRefused as refused:
            # A server may hang up between two answers; it is asked once more, at the same address.
            connection.close()
            if refused.code is not Code.CUT_OFF:
                raise
        return connection.ask(headers, self._reach.answer_within_s)

    def _headers(self, start: int, length: int) -> dict[str, str]:
        """Count a request before it is made; raises RemoteRefused (read_budget)."""
        self.requests += 1
        self.bytes_read += length
        if self.requests > self._reach.requests:
            raise RemoteRefused(Code.BUDGET, requests=self._reach.requests)
        if self.bytes_read > self._reach.bytes_read:
            raise RemoteRefused(Code.BUDGET, bytes=self._reach.bytes_read)
        return {"Range": f"bytes={start}-{start + length - 1}"}

    def _body(self, answer: http.client.HTTPResponse, length: int) -> bytes:
        """The body, which must be as long as it says: neither shorter nor without an end."""
        with refusals(self._connection.target):
            data = answer.read(length)
            if len(data) < length:
                raise RemoteRefused(Code.CUT_OFF, found=len(data), expected=length)
            if answer.read(1):
                raise RemoteRefused(Code.BAD_ANSWER, found="more than the part")
        return data

    def _keep(self, number: int, data: bytes) -> None:
        for start in range(0, len(data), _BLOCK):
            self._blocks[number + start // _BLOCK] = data[start : start + _BLOCK]
