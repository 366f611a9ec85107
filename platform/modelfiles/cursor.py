"""A forward reader over a source: never past a byte budget, and it hashes all that it consumes."""

import hashlib
import re
import struct

from modelfiles.errors import Code, MalformedModel, NeedMoreBytes
from modelfiles.sources import Source

READ_BUDGET = 32 * 1024 * 1024
_CHUNK = 64 * 1024
# Behind a payload a few names and sizes lead to the next payload: of hundreds of them 64 KiB each
# would be more than the structure itself.
_CHUNK_AFTER_JUMP = 1024
# A run of strings of fewer than 48 bytes, each behind its length in eight bytes. Words are as
# short, and a regular expression steps over them five times as fast as a loop does.
_RUN = 64
_SHORT_STRINGS = re.compile(
    b"(?:%s){%d}+" % (b"|".join(b"\\x%02x\\0{7}.{%d}" % (n, n) for n in range(48)), _RUN), re.DOTALL
)
_U32 = struct.Struct("<I")
_U64 = struct.Struct("<Q")


class Cursor:
    """Reads little-endian values in file order; every method raises MalformedModel at the end of
    the file (truncated) or of the budget (header_too_large)."""

    def __init__(self, source: Source, budget: int = READ_BUDGET) -> None:
        self.size = source.size
        self.bytes_read = 0
        self._source = source
        self._budget = budget
        self._window = b""
        self._start = 0  # the file offset of the window's first byte
        self._at = 0  # the next byte, within the window
        self._chunk = _CHUNK  # how much is fetched at least
        self._hashed = 0  # how much of the window the digest has seen
        self._digest = hashlib.sha256()

    @property
    def position(self) -> int:
        """Offset of the next byte in the file."""
        return self._start + self._at

    @property
    def remaining(self) -> int:
        """Bytes between the next byte and the end of the file."""
        return self.size - self.position

    def peek(self, length: int) -> bytes:
        """Return up to `length` bytes without consuming them; fewer at the end of the file."""
        length = min(length, self.remaining)
        self._fill(length)
        return self._window[self._at : self._at + length]

    def take(self, length: int) -> bytes:
        """Consume exactly `length` bytes."""
        self._fill(length)
        begin = self._at
        self._at = begin + length
        return self._window[begin : self._at]

    def u32(self) -> int:
        """Consume an unsigned 32-bit integer."""
        self._fill(4)
        value: int = _U32.unpack_from(self._window, self._at)[0]
        self._at += 4
        return value

    def u64(self) -> int:
        """Consume an unsigned 64-bit integer."""
        self._fill(8)
        value: int = _U64.unpack_from(self._window, self._at)[0]
        self._at += 8
        return value

    def varint(self) -> int:
        """Consume a base-128 varint of at most ten bytes, modulo 2^64 (Protocol Buffers)."""
        value = 0
        for shift in range(0, 70, 7):
            if self._at == len(self._window):
                self._fill(1)
            byte = self._window[self._at]
            self._at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value & 0xFFFF_FFFF_FFFF_FFFF
        raise MalformedModel(Code.BAD_PROTOBUF, at=self.position)

    def short_field(self) -> tuple[int, int] | None:
        """Consume a field's tag and its number or length (Protocol Buffers), if these are next in
        what has been fetched and take a byte each: nearly all of a graph's hundred thousands do."""
        window, at = self._window, self._at
        if at + 2 > len(window):
            return None
        tag, value = window[at], window[at + 1]
        if tag & 0x85 or value & 0x80:  # more bytes follow, or it is no number and no length
            return None
        self._at = at + 2
        return tag, value

    def skip_strings(self, count: int) -> None:
        """Consume `count` length-prefixed strings: a tokenizer has hundreds of thousands."""
        while count:
            count -= self._skip_within(count)
            if count:  # this one may cross the edge of the window
                self.take(self.u64())
                count -= 1

    def _skip_within(self, count: int) -> int:
        """Step over strings that lie in the window, and return how many these were."""
        window, at, left = self._window, self._at, count
        while left >= _RUN and (run := _SHORT_STRINGS.match(window, at)):
            at = run.end()
            left -= _RUN
        last = len(window) - 8
        for _ in range(min(left, _RUN)):
            if at > last or (end := at + 8 + _U64.unpack_from(window, at)[0]) > last + 8:
                break
            at = end
            left -= 1
        self._at = at
        return count - left

    def jump(self, length: int) -> None:
        """Step over `length` payload bytes, neither read nor hashed."""
        if length > self.remaining:
            raise MalformedModel(Code.TRUNCATED, needed=self.position + length, size=self.size)
        self._absorb()
        target = self.position + length
        kept = max(0, self._start + len(self._window) - target)
        self._window = self._window[len(self._window) - kept :]
        self._start, self._at, self._hashed = target, 0, 0
        if not kept:
            self._chunk = _CHUNK_AFTER_JUMP

    def sha256(self) -> str:
        """Hexadecimal digest of all bytes consumed so far, in file order."""
        self._absorb()
        return self._digest.hexdigest()

    def _absorb(self) -> None:
        self._digest.update(memoryview(self._window)[self._hashed : self._at])
        self._hashed = self._at

    def _fill(self, length: int) -> None:
        missing = length - (len(self._window) - self._at)
        if missing <= 0:
            return
        offset = self._start + len(self._window)
        left_in_file, left_in_budget = self.size - offset, self._budget - self.bytes_read
        if missing > left_in_file:
            raise MalformedModel(Code.TRUNCATED, needed=offset + missing, size=self.size)
        if missing > left_in_budget:
            raise MalformedModel(Code.HEADER_TOO_LARGE, limit=self._budget)
        ahead = min(max(missing, self._chunk), left_in_file, left_in_budget)
        self._chunk = min(2 * self._chunk, _CHUNK)
        more = self._fetch(offset, missing, ahead)
        self._absorb()
        self._window = self._window[self._at :] + more
        self._start, self._at, self._hashed = self._start + self._at, 0, 0

    def _fetch(self, offset: int, missing: int, ahead: int) -> bytes:
        # Reading ahead saves calls, but a prefix may end exactly where the header does.
        try:
            data = self._source.read(offset, ahead)
        except NeedMoreBytes as short:
            data = self._source.read(offset, max(missing, short.have - offset))
        self.bytes_read += len(data)
        return data
