"""Packets into Ogg pages of our own, for libsndfile to read."""

import io
from collections.abc import Iterable, Sequence

from audio.containers.ogg.pages import CONTINUED, FIRST, LAST, NO_GRANULE, checksum

_SERIAL = 1
_PACKETS_A_PAGE = 48


def write(headers: Sequence[bytes], packets: Iterable[tuple[bytes, int]], end: int) -> io.BytesIO:
    """One logical stream: its header packets, then (packet, granule behind it) and so on.

    `end` is the granule of the last page: less than the last packet's where the end is trimmed.
    """
    writer = _Writer()
    for index, header in enumerate(headers):
        writer.add(header, 0)
        if index != 1 or len(headers) == 2:  # Vorbis' second and third header share a page
            writer.flush()
    for packet, granule in packets:
        writer.add(packet, granule)
    writer.finish(end)
    writer.out.seek(0)
    return writer.out


class _Writer:
    def __init__(self) -> None:
        self.out = io.BytesIO()
        self._lacing = bytearray()
        self._body = bytearray()
        self._granule = NO_GRANULE
        self._packets = 0
        self._sequence = 0
        self._continued = False

    def add(self, packet: bytes, granule: int) -> None:
        if self._packets == _PACKETS_A_PAGE:
            self.flush()
        at = 0
        while True:
            if len(self._lacing) == 255:
                self._page(last=False)
                self._continued = at > 0
            size = min(255, len(packet) - at)
            self._lacing.append(size)
            self._body += packet[at : at + size]
            at += size
            if size < 255:
                break
        self._granule = granule
        self._packets += 1

    def flush(self) -> None:
        if self._lacing:
            self._page(last=False)

    def finish(self, end: int) -> None:
        self._granule = end
        self._page(last=True)

    def _page(self, *, last: bool) -> None:
        flags = CONTINUED * self._continued | FIRST * (self._sequence == 0) | LAST * last
        head = b"OggS\0" + bytes([flags])
        head += self._granule.to_bytes(8, "little", signed=True) + _SERIAL.to_bytes(4, "little")
        head += self._sequence.to_bytes(4, "little")
        tail = bytes([len(self._lacing)]) + self._lacing + self._body
        crc = checksum(head + bytes(4) + tail)
        self.out.write(head + crc.to_bytes(4, "little") + tail)
        self._lacing, self._body = bytearray(), bytearray()
        self._granule, self._packets, self._continued = NO_GRANULE, 0, False
        self._sequence += 1
