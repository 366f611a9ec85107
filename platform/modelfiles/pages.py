"""A reader that may jump about in a source: for formats whose structure is not in file order."""

import hashlib

from modelfiles.cursor import READ_BUDGET
from modelfiles.errors import Code, MalformedModel, NeedMoreBytes
from modelfiles.sources import Source

# Structure lies between inline weights in small pieces, so a page is small; where it lies together
# each page that follows another doubles what is fetched at once.
_PAGE = 1024
_MOST_PAGES = 64


class Pages:
    """Random access by whole pages, each fetched once, never past a byte budget.

    `first` are the file's first bytes if they have been fetched already. `take` raises
    MalformedModel at the end of the file (truncated) or of the budget (header_too_large).
    """

    def __init__(self, source: Source, first: bytes = b"", budget: int = READ_BUDGET) -> None:
        self.size = source.size
        self.bytes_read = len(first)
        self._source = source
        self._budget = budget
        self._pages: dict[int, bytes] = {}
        self._ahead = 1
        self._digest = hashlib.sha256()
        self._keep(0, first)

    def take(self, offset: int, length: int) -> bytes:
        """Return exactly `length` bytes at `offset`; they enter the digest."""
        if length < 0 or offset < 0 or offset + length > self.size:
            raise MalformedModel(Code.TRUNCATED, needed=offset + length, size=self.size)
        number, begin = divmod(offset, _PAGE)
        page = self._pages.get(number, b"")
        if begin + length <= len(page):
            found = page[begin : begin + length]
        else:
            found = self._gather(offset, length)
        self._digest.update(found)
        return found

    def sha256(self) -> str:
        """Hexadecimal digest of all bytes taken so far, in the order in which they were."""
        return self._digest.hexdigest()

    def _gather(self, offset: int, length: int) -> bytes:
        end = offset + length
        first, last = offset // _PAGE, (end - 1) // _PAGE
        for number in range(first, last + 1):
            if len(self._pages.get(number, b"")) < min(end, (number + 1) * _PAGE) - number * _PAGE:
                self._fetch(number, last, end)
        joined = b"".join(self._pages[number] for number in range(first, last + 1))
        return joined[offset - first * _PAGE : end - first * _PAGE]

    def _fetch(self, number: int, last: int, end: int) -> None:
        """Fetch the page, those up to the last one asked for, and some ahead of a forward walk."""
        self._ahead = min(2 * self._ahead, _MOST_PAGES) if number - 1 in self._pages else 1
        stop = number + max(last + 1 - number, self._ahead)
        begin = number * _PAGE
        length = min(stop * _PAGE, self.size) - begin
        left = self._budget - self.bytes_read
        if min(end, self.size) - begin > left:
            raise MalformedModel(Code.HEADER_TOO_LARGE, limit=self._budget)
        data = self._read(begin, min(length, left), end)
        self.bytes_read += len(data)
        self._keep(number, data)

    def _read(self, begin: int, length: int, end: int) -> bytes:
        # Reading ahead saves calls, but a prefix may end exactly where the structure does.
        try:
            return self._source.read(begin, length)
        except NeedMoreBytes as short:
            if short.have < end:
                raise NeedMoreBytes(end, have=short.have) from None
            return self._source.read(begin, short.have - begin)

    def _keep(self, number: int, data: bytes) -> None:
        for start in range(0, len(data), _PAGE):
            self._pages[number + start // _PAGE] = data[start : start + _PAGE]
