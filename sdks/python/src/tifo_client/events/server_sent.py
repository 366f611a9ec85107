"""Server-sent events as WHATWG HTML has them (section 9.2.6): bytes in, events out."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

from tifo_client.sockets import malformed

STREAM = "text/event-stream"
MOST_CHARACTERS = 1_000_000  # of one event; ours have hundreds
LONGEST_RETRY = 9  # digits of milliseconds
_LINE_END = re.compile(r"\r\n|\n|\r(?=.)", re.DOTALL)  # a last \r may be half of an end


@dataclass(frozen=True, slots=True)
class ServerSent:
    """One event: its name, its data, and its own id, which is empty where it has none."""

    kind: str
    data: str
    id: str


class Reader:
    """Of one answer. `retry_s` is how long the server wants a lost reader to wait, once it has
    said so."""

    def __init__(self) -> None:
        self.retry_s: float | None = None
        self._decode = codecs.getincrementaldecoder("utf-8-sig")("replace").decode
        self._unread = ""
        self._begin()

    def feed(self, piece: bytes) -> Iterator[ServerSent]:
        """The events that end in it. Raises TifoError for one beyond all measure."""
        self._unread += self._decode(piece)
        start = 0
        for end in _LINE_END.finditer(self._unread):
            line, start = self._unread[start : end.start()], end.end()
            if line:
                self._note(line)
            else:
                yield from self._finish()
        self._unread = self._unread[start:]
        if len(self._unread) + sum(map(len, self._data)) > MOST_CHARACTERS:
            raise malformed(f"it goes on after {MOST_CHARACTERS:,} characters")

    def _begin(self) -> None:
        self._kind, self._id, self._data = "", "", list[str]()

    def _note(self, line: str) -> None:
        """A field; a comment begins with a colon, and has no name."""
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match name:
            case "event":
                self._kind = value
            case "data":
                self._data.append(value)
            case "id" if "\0" not in value:
                self._id = value
            case "retry" if value.isascii() and value.isdecimal() and len(value) <= LONGEST_RETRY:
                self.retry_s = int(value) / 1000

    def _finish(self) -> Iterator[ServerSent]:
        if self._data:
            yield ServerSent(self._kind or "message", "\n".join(self._data), self._id)
        self._begin()
